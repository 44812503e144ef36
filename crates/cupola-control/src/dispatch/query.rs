//! Query strings and forms: names without case, the first of duplicates, odd values forgiven.

use super::path::decode;
use cupola_core::{Code, Problem, name::printable};

/// The pairs of a query or of a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=b&c=d`. What cannot be decoded is left out: a stray parameter must not fail a request.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text
            .split('&')
            .filter(|pair| !pair.is_empty())
            .filter_map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decode(name, true)?, decode(value, true)?))
            });
        Self(pairs.collect())
    }

    /// The first value of this name that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every pair but those of these names, for the link to the next page.
    pub(crate) fn without(&self, names: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        self.0
            .iter()
            .filter(move |(name, _)| !names.contains(&name.to_ascii_lowercase()))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `api-version`: any date will do, with any suffix, because every version gets the same answer.
    pub(crate) fn api_version(&self) -> Result<&str, Problem> {
        let version = self.get("api-version").ok_or_else(|| {
            Problem::new(
                Code::MissingApiVersionParameter,
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        })?;
        if is_version(version) {
            return Ok(version);
        }
        Err(Problem::new(
            Code::InvalidApiVersionParameter,
            format!(
                "The api-version '{}' is not a date: use YYYY-MM-DD, such as 2024-10-01.",
                printable(version)
            ),
        ))
    }
}

fn is_version(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let date = [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digit)
        && bytes.get(4) == Some(&b'-')
        && bytes.get(7) == Some(&b'-');
    let suffix = bytes.get(10..).unwrap_or_default();
    date && text.len() <= 60
        && (suffix.is_empty() || suffix[0] == b'-')
        && suffix
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_queries_are_forgiven() {
        let query = Query::parse("$filter=&%24top=5&x&includeAll=false&includeAll=true&&=y&bad=%FF");
        assert_eq!(query.get("$filter"), None);
        assert_eq!(query.get("$top"), Some("5"));
        assert_eq!(query.get("INCLUDEALL"), Some("false"));
        assert_eq!(query.get("bad"), None);
        assert_eq!(query.without(&["$TOP", "x", "$filter", ""]).count(), 2);
    }

    #[test]
    fn any_dated_version_is_taken() {
        let verdict = |text: &str| {
            Query::parse(text)
                .api_version()
                .map(str::to_owned)
                .map_err(|problem| problem.code)
        };
        for good in ["2020-06-01", "2024-01-01-preview", "2021-10-01-dataplanepreview"] {
            assert_eq!(verdict(&format!("API-Version={good}")), Ok(good.to_owned()));
        }
        assert_eq!(verdict("a=b"), Err(Code::MissingApiVersionParameter));
        assert_eq!(verdict("api-version="), Err(Code::MissingApiVersionParameter));
        for bad in ["v1.0", "2024", "2024-1-1", "2024-10-01x", "2024-10-01-<"] {
            assert_eq!(
                verdict(&format!("api-version={bad}")),
                Err(Code::InvalidApiVersionParameter),
                "{bad}"
            );
        }
    }
}
