//! How people name a model: by its id, by registry and name, or by its name alone.

use std::str::FromStr;

use serde_json::Value;

use crate::failure::Failure;

/// A model as somebody typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelName {
    pub(crate) registry: Option<String>,
    pub(crate) model: String,
}

impl FromStr for ModelName {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::usage(format!("'{text}' is not the name of a model"))
                .hint("cupola catalog list -o table, then azureml://registries/REGISTRY/models/MODEL or REGISTRY/MODEL")
        };
        let id = text.strip_prefix("azureml://");
        let segments: Vec<&str> = id.unwrap_or(text).split('/').collect();
        // Versions and labels are accepted and dropped: the latest is always what is served.
        let (registry, model) = match (id.is_some(), segments.as_slice()) {
            (
                true,
                ["registries", registry, "models", model]
                | ["registries", registry, "models", model, "versions" | "labels", _],
            ) => (Some(*registry), *model),
            (false, [registry, model]) => (Some(*registry), *model),
            (false, [model]) => (None, *model),
            _ => return Err(wrong()),
        };
        if model.is_empty() || registry.is_some_and(str::is_empty) {
            return Err(wrong());
        }
        Ok(Self {
            registry: registry.map(Into::into),
            model: model.to_owned(),
        })
    }
}

impl ModelName {
    /// The one model of the catalog that is meant.
    pub(crate) fn pick(&self, models: Vec<Value>) -> Result<Value, Failure> {
        let same = |value: &Value, text: &str| {
            value
                .as_str()
                .is_some_and(|value| value.eq_ignore_ascii_case(text))
        };
        let mut found: Vec<Value> = models
            .into_iter()
            .filter(|model| same(&model["name"], &self.model))
            .filter(|model| {
                self.registry
                    .as_ref()
                    .is_none_or(|registry| same(&model["registry"], registry))
            })
            .collect();
        match (found.len(), found.pop()) {
            (1, Some(model)) => Ok(model),
            (0, _) | (_, None) => Err(Failure::not_found(format!(
                "There is no model '{self}' in the catalog."
            ))
            .hint("cupola catalog list -o table")),
            (_, Some(last)) => {
                let registry = last["registry"].as_str().unwrap_or_default();
                Err(Failure::usage(format!(
                    "Several registries have a model '{self}': name one of them"
                ))
                .hint(format!("{registry}/{}", self.model)))
            }
        }
    }
}

impl std::fmt::Display for ModelName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.registry {
            Some(registry) => write!(formatter, "{registry}/{}", self.model),
            None => formatter.write_str(&self.model),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(text.parse::<ModelName>().expect("a name").to_string(), expected);
    }

    #[test]
    fn every_way_to_name_a_model() {
        check("azureml://registries/cupola/models/tiny-chat", "cupola/tiny-chat");
        check(
            "azureml://registries/cupola/models/tiny-chat/versions/1",
            "cupola/tiny-chat",
        );
        check(
            "azureml://registries/cupola/models/tiny-chat/labels/latest",
            "cupola/tiny-chat",
        );
        check("cupola/tiny-chat", "cupola/tiny-chat");
        check("tiny-chat", "tiny-chat");
        for bad in [
            "",
            "/",
            "a/",
            "/b",
            "a/b/c",
            "azureml://a/b",
            "azureml://registries/a/models/",
            "azureml://registries/a/models/b/x/1",
        ] {
            assert!(bad.parse::<ModelName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_alone_must_be_of_one_registry() {
        let models = || {
            vec![
                json!({"registry": "a", "name": "m"}),
                json!({"registry": "b", "name": "M"}),
                json!({"registry": "b", "name": "n"}),
            ]
        };
        let pick = |text: &str| text.parse::<ModelName>().expect("a name").pick(models());
        assert_eq!(pick("N").expect("found")["registry"], "b");
        assert_eq!(pick("a/m").expect("found")["registry"], "a");
        assert!(pick("m").is_err_and(|failure| failure.message.contains("Several registries")));
        assert!(pick("x").is_err_and(|failure| failure.message.contains("no model 'x'")));
    }
}
