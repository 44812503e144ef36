//! Names: text that was checked once and is taken as given from then on.

use crate::problem::{Code, Problem};
use std::fmt;
use std::str::FromStr;

/// Compares and hashes names the way ARM does: without regard to case.
pub fn fold(text: &str) -> String {
    text.to_ascii_lowercase()
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// The text for comparison: names do not differ by case.
            pub fn folded(&self) -> String {
                fold(&self.0)
            }
        }
        impl FromStr for $name {
            type Err = Problem;
            fn from_str(text: &str) -> Result<Self, Problem> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Problem::new(
                        Code::InvalidResourceName,
                        format!("The {} name '{}' is not valid: use {}.", $what, printable(text), $rule),
                    )
                    .target("name"))
                }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// `^[a-zA-Z][a-zA-Z0-9-]{0,51}$`: it becomes a host name.
    EndpointName, "serverless endpoint", "a letter, then at most 51 letters, digits and hyphens",
    |text| text.len() <= 52
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
);
name!(
    /// `^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$`
    MarketplaceSubscriptionName, "marketplace subscription",
    "a letter or digit, then at most 254 letters, digits, hyphens and underscores (no dots)",
    |text| word(text, 1, 255)
);
name!(
    /// `^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$`: hubs, projects and plain workspaces.
    WorkspaceName, "workspace", "3 to 33 letters, digits, hyphens and underscores, beginning with a letter or digit",
    |text| word(text, 3, 33)
);
name!(
    /// `^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$`
    ConnectionName, "connection", "3 to 33 letters, digits, hyphens and underscores, beginning with a letter or digit",
    |text| word(text, 3, 33)
);
name!(
    /// 1 to 90 letters, digits and `_-.()`, not ending with a dot.
    ResourceGroupName, "resource group", "1 to 90 letters, digits and _-.(), not ending with a dot",
    |text| (1..=90).contains(&text.chars().count())
        && !text.ends_with('.')
        && text.chars().all(|c| c.is_alphanumeric() || "_-.()".contains(c))
);

fn word(text: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// What a stranger typed, made safe and short enough to repeat in a message.
pub fn printable(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(80)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().count() > 80 {
        short.push('…');
    }
    short
}

/// A region in its short form: `East US 2` and `eastus2` are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

/// Regions with a display name of their own; others are shown as they are written.
pub const REGIONS: [(&str, &str); 7] = [
    ("eastus", "East US"),
    ("eastus2", "East US 2"),
    ("northcentralus", "North Central US"),
    ("southcentralus", "South Central US"),
    ("swedencentral", "Sweden Central"),
    ("westus", "West US"),
    ("westus3", "West US 3"),
];

impl Region {
    /// The short form, for `location` and hosts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form for messages.
    pub fn display_name(&self) -> &str {
        REGIONS
            .iter()
            .find(|(short, _)| *short == self.0)
            .map_or(&self.0, |(_, long)| long)
    }
}

impl FromStr for Region {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let short: String = text
            .chars()
            .filter(|c| *c != ' ')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let fits =
            (1..=40).contains(&short.len()) && short.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !fits {
            return Err(Problem::new(
                Code::LocationNotAvailableForResourceType,
                format!(
                    "The location '{}' is not a region name, such as eastus2.",
                    printable(text)
                ),
            )
            .target("location"));
        }
        Ok(Self(short))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An ISO 3166-1 alpha-2 country, upper case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Country(String);

impl Country {
    /// Two capital letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Country {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        if text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic()) {
            return Ok(Self(text.to_ascii_uppercase()));
        }
        Err(Problem::new(
            Code::InvalidRequestContent,
            format!(
                "'{}' is not a country: use two letters of ISO 3166-1, such as US.",
                printable(text)
            ),
        ))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A model of a registry, always without a version: a deployment serves the latest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId {
    registry: String,
    model: String,
}

impl ModelId {
    /// The registry's name.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The model's name in its registry.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The text for comparison.
    pub fn folded(&self) -> String {
        fold(&self.to_string())
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "azureml://registries/{}/models/{}", self.registry, self.model)
    }
}

impl FromStr for ModelId {
    type Err = Problem;

    /// Takes `azureml://registries/R/models/M`, with an optional `/versions/N` or `/labels/latest`.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let wrong = || {
            Problem::new(
                Code::UserError,
                format!(
                    "The model id '{}' is not valid: use azureml://registries/REGISTRY/models/MODEL.",
                    printable(text)
                ),
            )
            .target("properties.modelSettings.modelId")
        };
        let prefix = "azureml://registries/";
        let head = text.get(..prefix.len()).ok_or_else(wrong)?;
        if !head.eq_ignore_ascii_case(prefix) {
            return Err(wrong());
        }
        let segments: Vec<&str> = text[prefix.len()..].trim_end_matches('/').split('/').collect();
        let (registry, model) = match segments.as_slice() {
            [registry, models, model] if is(models, "models") => (registry, model),
            [registry, models, model, kind, _]
                if is(models, "models") && (is(kind, "versions") || is(kind, "labels")) =>
            {
                (registry, model)
            }
            _ => return Err(wrong()),
        };
        let fits = |part: &str| {
            (1..=255).contains(&part.len())
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        };
        if !fits(registry) || !fits(model) {
            return Err(wrong());
        }
        Ok(Self {
            registry: (*registry).to_owned(),
            model: (*model).to_owned(),
        })
    }
}

fn is(segment: &str, fixed: &str) -> bool {
    segment.eq_ignore_ascii_case(fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits<T: FromStr>(text: &str) -> bool {
        text.parse::<T>().is_ok()
    }

    #[test]
    fn endpoint_names_follow_the_published_pattern() {
        for good in ["a", "hello", "DeepSeek-R1-qwerty", &"a".repeat(52)] {
            assert!(fits::<EndpointName>(good), "{good}");
        }
        for bad in ["", "1a", "-a", "a_b", "a.b", "a b", "é", &"a".repeat(53), "a\n"] {
            assert!(!fits::<EndpointName>(bad), "{bad}");
        }
    }

    #[test]
    fn subscription_names_have_no_dots() {
        assert!(fits::<MarketplaceSubscriptionName>("Cohere-command-r-08-2024"));
        assert!(!fits::<MarketplaceSubscriptionName>("Llama-3.1"));
        assert!(!fits::<MarketplaceSubscriptionName>("_x"));
    }

    #[test]
    fn workspace_names_have_3_to_33_characters() {
        assert!(fits::<WorkspaceName>("abc") && fits::<WorkspaceName>(&"a".repeat(33)));
        assert!(!fits::<WorkspaceName>("ab") && !fits::<WorkspaceName>(&"a".repeat(34)));
    }

    #[test]
    fn a_bad_name_is_repeated_without_its_control_characters() {
        let problem = "a\u{1b}[31m".parse::<EndpointName>().expect_err("refused");
        assert!(!problem.message.contains('\u{1b}'), "{}", problem.message);
    }

    #[test]
    fn region_names_compare_without_spaces_and_case() {
        let region: Region = "East US 2".parse().expect("a region");
        assert_eq!((region.as_str(), region.display_name()), ("eastus2", "East US 2"));
    }

    #[test]
    fn a_model_id_loses_its_version() {
        for text in [
            "azureml://registries/azureml-meta/models/Llama-3.2-1B",
            "azureml://registries/azureml-meta/models/Llama-3.2-1B/versions/3",
            "azureml://registries/azureml-meta/models/Llama-3.2-1B/labels/latest",
            "AZUREML://registries/azureml-meta/models/Llama-3.2-1B/",
        ] {
            let id: ModelId = text.parse().expect(text);
            assert_eq!(
                id.to_string(),
                "azureml://registries/azureml-meta/models/Llama-3.2-1B"
            );
        }
        for text in [
            "",
            "azureml://",
            "azureml://registries/a/models/",
            "azureml://registries/a/b/c",
            "http://x/y",
        ] {
            assert!(text.parse::<ModelId>().is_err(), "{text}");
        }
    }
}
