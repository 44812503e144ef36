//! What the audit record may keep: everything but secrets, and not more than a bound.

use serde_json::{Map, Value, json};

const MASK: &str = "***";
const IMAGE_BYTES_MAX: usize = 16 * 1024;
const MESSAGE_CHARS_MAX: usize = 2000;

// A secret that is shorter than this would take half of the words out of a message with it.
const SECRET_CHARS_MIN: usize = 4;

/// A value whose secrets are masked. One that is too large to keep is only measured.
pub(crate) fn redacted(value: &Value) -> Value {
    let masked = masked(value);
    let bytes = masked.to_string().len();
    if bytes <= IMAGE_BYTES_MAX {
        return masked;
    }
    json!({"omitted": format!("{bytes} bytes of JSON are more than the record keeps")})
}

fn masked(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields_masked(fields)),
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        other => other.clone(),
    }
}

fn fields_masked(fields: &Map<String, Value>) -> Map<String, Value> {
    // `{"name": "apiKey", "value": "…"}` names its secret beside it, and a secure parameter says so in its type.
    let named = ["name", "key", "type"].iter().any(|name| {
        fields
            .get(*name)
            .and_then(Value::as_str)
            .is_some_and(|text| is_secret(text) || text.to_ascii_lowercase().starts_with("secure"))
    });
    fields
        .iter()
        .map(|(name, value)| {
            let hidden = is_secret(name) || (named && (name == "value" || name == "defaultValue"));
            let value = if hidden { hide(value) } else { masked(value) };
            (name.clone(), value)
        })
        .collect()
}

/// The names in a value, without any text or number.
pub(crate) fn shape(value: &Value) -> Value {
    hide(value)
}

// The shape stays, so that a reader sees which secrets there were.
fn hide(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let hidden = fields.iter().map(|(name, value)| (name.clone(), hide(value)));
            Value::Object(hidden.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(hide).collect()),
        Value::Null | Value::Bool(_) => value.clone(),
        _ => MASK.into(),
    }
}

/// Is this the name of a field that holds a secret?
pub(crate) fn is_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    const PARTS: [&str; 12] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "credential",
        "connectionstring",
        "privatekey",
        "assertion",
        "sastoken",
        "sharedaccess",
        "bearer",
    ];
    const ENDS: [&str; 6] = ["key", "keys", "token", "tokens", "sas", "pat"];
    const WHOLE: [&str; 6] = ["keyvalue", "key1", "key2", "authorization", "cookie", "pfx"];
    // These tell of keys and are none.
    const NONE: [&str; 4] = [
        "secretscope",
        "keycredentials",
        "passwordcredentials",
        "federatedidentitycredentials",
    ];
    if NONE.contains(&name.as_str()) {
        // Lists of credentials: what they have inside is judged by its own names, and the key material is `key`.
        return false;
    }
    PARTS.iter().any(|part| name.contains(part))
        || ENDS.iter().any(|end| name.ends_with(end))
        || WHOLE.contains(&name.as_str())
}

/// A message without the secrets that this body has.
pub(crate) fn without(message: &str, body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        // What cannot be read cannot be searched; the parser's complaints name places, not contents.
        return message.to_owned();
    };
    let mut secrets = Vec::new();
    collect(&value, false, &mut secrets);
    let longest_first = |text: &&str| std::cmp::Reverse(text.len());
    secrets.sort_by_key(longest_first);
    secrets.iter().fold(message.to_owned(), |message, secret| {
        // Messages repeat at most the beginning of what was sent.
        let printed: String = cupola_core::name::printable(secret)
            .trim_end_matches('…')
            .to_owned();
        message.replace(&printed, MASK)
    })
}

fn collect<'a>(value: &'a Value, hidden: bool, secrets: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if hidden && text.chars().count() >= SECRET_CHARS_MIN => secrets.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, hidden, secrets)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| collect(value, hidden || is_secret(name), secrets)),
        _ => {}
    }
}

/// A message that fits the record.
pub(crate) fn shortened(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_tell_what_is_secret() {
        for name in [
            "password",
            "clientSecret",
            "client_secret",
            "key",
            "primaryKey",
            "apiKey",
            "keyValue",
            "credentials",
            "access_token",
            "connectionString",
            "secretText",
            "sasToken",
            "personalAccessToken",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "keyType",
            "name",
            "keyId",
            "modelId",
            "monkeys1",
            "tokenLifetime",
            "keyName",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn secrets_are_masked_and_their_shape_stays() {
        let value = json!({
            "properties": {"credentials": {"key": "hunter2", "keys": {"a": "hunter2"}}, "target": "https://x"},
            "parameters": {"p": {"type": "secureString", "value": "hunter2"}, "q": {"type": "string", "value": "v"}},
            "list": [{"name": "apiKey", "value": "hunter2"}],
        });
        let kept = redacted(&value);
        assert!(!kept.to_string().contains("hunter2"), "{kept}");
        assert_eq!(kept["properties"]["credentials"]["key"], MASK);
        assert_eq!(kept["properties"]["target"], "https://x");
        assert_eq!(kept["parameters"]["q"]["value"], "v");
    }

    #[test]
    fn what_is_too_large_is_only_measured() {
        let kept = redacted(&json!({"properties": {"text": "x".repeat(IMAGE_BYTES_MAX)}}));
        assert!(
            kept["omitted"]
                .as_str()
                .is_some_and(|text| text.contains("bytes"))
        );
    }

    #[test]
    fn messages_do_not_repeat_secrets() {
        let body = json!({"properties": {"credentials": {"key": "hunter2"}}}).to_string();
        assert_eq!(
            without("The value 'hunter2' is too short.", body.as_bytes()),
            "The value '***' is too short."
        );
        assert_eq!(without("no", b"{"), "no");
    }

    proptest! {
        #[test]
        fn no_secret_survives_at_any_depth(path in proptest::collection::vec("[a-z]{1,6}", 0..6), name in "(password|apiKey|client_secret|token)") {
            let mut value = json!({name: {"deep": ["hunter2-planted"]}});
            for step in path {
                value = json!({step: [value]});
            }
            prop_assert!(!redacted(&value).to_string().contains("hunter2-planted"));
        }
    }
}
