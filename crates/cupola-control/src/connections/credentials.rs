//! Credentials of connections: which fields each way of signing in takes, and how they are sealed.

use crate::control::Control;
use crate::json::Document;
use cupola_core::name::printable;
use cupola_core::{Code, Problem, Secret};
use cupola_wire::arm::AuthType;
use serde_json::{Map, Value};

const PATH: &str = "properties.credentials";
// A certificate or a key file fits; a body has a bound of its own.
const FIELD_BYTES_MAX: usize = 64 * 1024;
const KEYS_MAX: usize = 100;

/// The credentials of a body for this way of signing in; `None` where none were sent. Names have the published casing:
/// templates write `clientid`.
pub(super) fn read(body: &Document, auth: &AuthType) -> Result<Option<Value>, Problem> {
    let Some(given) = body.object(PATH)? else {
        return Ok(None);
    };
    let mut kept = Map::new();
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let known = auth
            .required
            .iter()
            .chain(auth.optional)
            .find(|known| known.eq_ignore_ascii_case(name))
            .ok_or_else(|| unknown(name, auth))?;
        let value = match *known {
            "keys" => keys(value)?,
            _ => Value::String(text(&format!("{PATH}.{known}"), value)?),
        };
        kept.insert((*known).to_owned(), value);
    }
    Ok((!kept.is_empty()).then_some(Value::Object(kept)))
}

/// Refuses credentials that lack what this way of signing in needs.
pub(super) fn require(auth: &AuthType, credentials: Option<&Value>) -> Result<(), Problem> {
    let empty = |name: &&&str| {
        let value = credentials.and_then(|all| all.get(**name));
        match value {
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Object(keys)) => keys.is_empty(),
            _ => true,
        }
    };
    let Some(missing) = auth.required.iter().find(empty) else {
        return Ok(());
    };
    Err(Problem::new(
        Code::InvalidRequestContent,
        format!(
            "The field {PATH}.{missing} is required: a connection with authType {} takes {}.",
            auth.name,
            auth.required.join(", ")
        ),
    )
    .target(format!("{PATH}.{missing}")))
}

/// Credentials as the store keeps them.
pub(super) fn seal(control: &Control, credentials: &Value) -> String {
    control
        .keyring()
        .seal(&Secret::new(credentials.to_string()), control.entropy())
}

/// What was sealed.
pub(super) fn open(control: &Control, sealed: &str) -> Result<Value, Problem> {
    let opened = control.keyring().open(sealed).map_err(|error| {
        tracing::error!(error = %error, "the credentials of a connection cannot be unsealed");
        Problem::internal()
    })?;
    serde_json::from_str(opened.expose()).map_err(|_| {
        tracing::error!("the credentials of a connection are not JSON");
        Problem::internal()
    })
}

// `name` may be in the message, its value may not.
fn unknown(name: &str, auth: &AuthType) -> Problem {
    let takes: Vec<&str> = auth.required.iter().chain(auth.optional).copied().collect();
    let takes = match takes.is_empty() {
        true => "no credentials".to_owned(),
        false => takes.join(", "),
    };
    Problem::new(
        Code::InvalidRequestContent,
        format!(
            "The field {PATH}.{} is none of authType {}, which takes {takes}.",
            printable(name),
            auth.name
        ),
    )
    .target(PATH)
}

fn keys(value: &Value) -> Result<Value, Problem> {
    let path = format!("{PATH}.keys");
    let keys = value
        .as_object()
        .ok_or_else(|| wrong(&path, "an object of texts"))?;
    if keys.len() > KEYS_MAX {
        return Err(wrong(&path, &format!("at most {KEYS_MAX} texts")));
    }
    let mut texts = Map::new();
    for (name, value) in keys.iter().filter(|(_, value)| !value.is_null()) {
        let value = text(&format!("{path}.{}", printable(name)), value)?;
        texts.insert(name.clone(), value.into());
    }
    Ok(Value::Object(texts))
}

fn text(path: &str, value: &Value) -> Result<String, Problem> {
    match value.as_str() {
        Some(text) if text.len() <= FIELD_BYTES_MAX => Ok(text.to_owned()),
        _ => Err(wrong(path, &format!("text of at most {FIELD_BYTES_MAX} bytes"))),
    }
}

fn wrong(path: &str, rule: &str) -> Problem {
    Problem::new(
        Code::InvalidRequestContent,
        format!("The field {path} must be {rule}."),
    )
    .target(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_wire::arm::AUTH_TYPES;
    use serde_json::json;

    fn check(auth: &str, credentials: Value, expected: Result<Value, &str>) {
        let auth = AuthType::find(auth).expect("a published way");
        let body = json!({"properties": {"credentials": credentials}});
        let body = Document::read(body.to_string().as_bytes()).expect("an object");
        let found = read(&body, auth)
            .and_then(|read| require(auth, read.as_ref()).map(|()| read.unwrap_or_default()));
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{auth:?}"),
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn each_way_of_signing_in_takes_its_own_fields() {
        check("apikey", json!({"key": "k"}), Ok(json!({"key": "k"})));
        check("ApiKey", json!({"key": ""}), Err("authType ApiKey takes key"));
        check(
            "ApiKey",
            Value::Null,
            Err("properties.credentials.key is required"),
        );
        check(
            "ApiKey",
            json!({"key": "k", "pat": "p"}),
            Err("credentials.pat is none of authType ApiKey"),
        );
        check("AAD", Value::Null, Ok(Value::Null));
        check("None", json!({"key": null}), Ok(Value::Null));
        check("None", json!({"key": "k"}), Err("takes no credentials"));
        check("PAT", json!({"pat": "p"}), Ok(json!({"pat": "p"})));
        check("SAS", json!({"sas": 5}), Err("must be text"));
        check(
            "ManagedIdentity",
            json!({"clientid": "c", "resourceid": "r"}),
            Ok(json!({"clientId": "c", "resourceId": "r"})),
        );
        check(
            "UsernamePassword",
            json!({"password": "p"}),
            Err("username is required"),
        );
        check(
            "AccessKey",
            json!({"accessKeyId": "a"}),
            Err("secretAccessKey is required"),
        );
        check(
            "ServicePrincipal",
            json!({"clientId": "c", "clientSecret": "s"}),
            Err("tenantId is required"),
        );
        check(
            "CustomKeys",
            json!({"keys": {"a": "b"}}),
            Ok(json!({"keys": {"a": "b"}})),
        );
        check("CustomKeys", json!({"keys": {}}), Err("keys is required"));
        check(
            "CustomKeys",
            json!({"keys": {"a": 1}}),
            Err("keys.a must be text"),
        );
        check(
            "OAuth2",
            json!({"clientId": "c", "refreshToken": "r"}),
            Ok(json!({"clientId": "c", "refreshToken": "r"})),
        );
        check("AccountKey", json!({"key": "k"}), Ok(json!({"key": "k"})));
        assert_eq!(AUTH_TYPES.len(), 12);
    }
}
