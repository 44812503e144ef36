//! How the makers of a model advise to sample it: the file says it, under the keys that llama.cpp reads too.

/// What holds where a request says nothing; `None` where the file says nothing either.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Advice {
    pub(crate) temperature: Option<f32>,
    pub(crate) top_p: Option<f32>,
    pub(crate) min_p: Option<f32>,
    pub(crate) top_k: Option<u32>,
}

impl Advice {
    /// Reads the metadata of a model file. A value that no request could ask for is no advice.
    pub(crate) fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        let share = |key: &str, highest: f32| -> Option<f32> {
            let number = value(key)?.parse().ok()?;
            (0.0..=highest).contains(&number).then_some(number)
        };
        Self {
            temperature: share("general.sampling.temp", 2.0),
            top_p: share("general.sampling.top_p", 1.0),
            min_p: share("general.sampling.min_p", 1.0),
            // 0 and less are all tokens.
            top_k: value("general.sampling.top_k")
                .and_then(|count| count.parse::<i32>().ok())
                .map(|count| u32::try_from(count).unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(pairs: &[(&str, &str)]) -> Advice {
        Advice::read(|key| {
            let found = pairs.iter().find(|(name, _)| *name == key);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_file_advises_what_it_names() {
        let read = advice(&[
            ("general.sampling.temp", "0.600000"),
            ("general.sampling.top_p", "0.950000"),
            ("general.sampling.min_p", "0.050000"),
            ("general.sampling.top_k", "20"),
        ]);
        let expected = Advice {
            temperature: Some(0.6),
            top_p: Some(0.95),
            min_p: Some(0.05),
            top_k: Some(20),
        };
        assert_eq!(read, expected);
        assert_eq!(advice(&[("general.name", "tiny")]), Advice::default());
    }

    #[test]
    fn what_no_request_could_ask_for_is_no_advice() {
        for (key, value) in [
            ("general.sampling.temp", "-0.1"),
            ("general.sampling.temp", "2.5"),
            ("general.sampling.temp", "nan"),
            ("general.sampling.top_p", "1.01"),
            ("general.sampling.min_p", "often"),
            ("general.sampling.top_k", "1e3"),
        ] {
            assert_eq!(advice(&[(key, value)]), Advice::default(), "{key} {value}");
        }
        assert_eq!(advice(&[("general.sampling.top_k", "-1")]).top_k, Some(0));
    }
}
