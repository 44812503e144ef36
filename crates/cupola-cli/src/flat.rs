//! Resources as `az` prints those of some services: properties lifted to the top, keys in order.

use serde_json::{Map, Value};

use crate::ml::after;

/// The fields of `properties` beside those of the envelope, sorted, with the group's name where there is one.
/// What both have, such as `type`, keeps the envelope's value.
pub(crate) fn flat(resource: &Value) -> Value {
    let mut fields: Vec<(String, Value)> = Vec::new();
    let envelope = resource.as_object().into_iter().flatten();
    let inner = resource["properties"].as_object().into_iter().flatten();
    for (key, value) in envelope.chain(inner) {
        if key != "properties" && !fields.iter().any(|(known, _)| known == key) {
            fields.push((key.clone(), value.clone()));
        }
    }
    if let Some(group) = group_of(resource) {
        fields.push(("resourceGroup".into(), group.into()));
    }
    fields.sort_by(|(left, _), (right, _)| left.cmp(right));
    Value::Object(Map::from_iter(fields))
}

/// The same resource with the name of its group, as `az resource` prints it.
pub(crate) fn grouped(mut resource: Value) -> Value {
    if let (Some(group), true) = (group_of(&resource), resource.is_object()) {
        resource["resourceGroup"] = group.into();
    }
    resource
}

fn group_of(resource: &Value) -> Option<String> {
    let id = resource["id"].as_str()?;
    after(id, "resourceGroups").map(str::to_owned)
}

/// `key=value` words as an object of texts; a word without a value is an empty text, as in `az`.
pub(crate) fn pairs(words: &[String]) -> Value {
    let pairs = words.iter().filter(|word| !word.is_empty()).map(|word| {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        (key.to_owned(), value.into())
    });
    Value::Object(pairs.collect())
}

/// A JSON argument: written out, or `@FILE`.
pub(crate) fn json_argument(flag: &str, text: &str) -> Result<Value, crate::failure::Failure> {
    let text = text_argument(text)?;
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        crate::failure::Failure::usage(format!("{flag} is not valid JSON: {error}")).hint(format!(
            "{flag} @FILE.json, which keeps the shell away from quotes"
        ))
    })
}

/// A text argument: written out, or `@FILE`, or `@-` for stdin.
pub(crate) fn text_argument(text: &str) -> Result<String, crate::failure::Failure> {
    let read = match text.strip_prefix('@') {
        None => return Ok(text.to_owned()),
        Some("-") => std::io::read_to_string(std::io::stdin()),
        Some(path) => std::fs::read_to_string(path),
    };
    read.map_err(|error| {
        crate::failure::Failure::new(format!(
            "{} cannot be read: {error}",
            text.trim_start_matches('@')
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_are_lifted() {
        let lock = json!({"name": "n", "type": "T", "id": "/subscriptions/s/resourceGroups/g/x",
            "properties": {"level": "ReadOnly", "type": "inner"}});
        assert_eq!(
            flat(&lock).to_string(),
            r#"{"id":"/subscriptions/s/resourceGroups/g/x","level":"ReadOnly","name":"n","resourceGroup":"g","type":"T"}"#
        );
        assert_eq!(flat(&Value::Null), json!({}));
        assert_eq!(grouped(Value::Null), Value::Null);
    }

    #[test]
    fn words_become_texts() {
        let words = ["a=1=2", "b", ""].map(str::to_owned);
        assert_eq!(pairs(&words), json!({"a": "1=2", "b": ""}));
        assert!(
            json_argument("-b", "{")
                .is_err_and(|failure| failure.message.starts_with("-b is not valid JSON"))
        );
        assert!(text_argument("@/nope").is_err());
    }
}
