//! The names of the certificate.

use serde::Deserialize;

/// Host names, separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct HostNames(pub(super) Vec<String>);

impl std::str::FromStr for HostNames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(host_name).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for HostNames {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

// A wildcard may stand for the first label alone, as certificates have it.
fn host_name(name: &str) -> Result<String, String> {
    let labels = name.strip_prefix("*.").unwrap_or(name).split('.');
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && labels.into_iter().all(is_label) {
        Ok(name.to_ascii_lowercase())
    } else {
        Err(format!("'{name}' is no host name, such as management.azure.com"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_a_list() {
        let read = |text: &str| text.parse::<HostNames>().map(|names| names.0.join(" "));
        assert_eq!(read("A.test, *.b.test,"), Ok("a.test *.b.test".to_owned()));
        assert_eq!(read(""), Ok(String::new()));
        for wrong in ["a..b", "-a.test", "a.*.test", "https://a.test", "a_b", "*"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
