//! The parts of a workspace's body that are kept as they are, in the shapes that were published.

use crate::json::Document;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use cupola_wire::arm::{Shape, WORKSPACE_KEPT};
use serde_json::{Map, Value};

const IDENTITIES: [&str; 4] = [
    "None",
    "SystemAssigned",
    "UserAssigned",
    "SystemAssigned,UserAssigned",
];

/// Published properties of the body, whatever the case of their names. What is null or empty is not said.
pub(super) fn kept(body: &Document) -> Result<Map<String, Value>, Problem> {
    let mut kept = Map::new();
    let Some(properties) = body.object("properties")? else {
        return Ok(kept);
    };
    for (given, value) in properties {
        let known = WORKSPACE_KEPT
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(given));
        if let Some((name, shape)) = known
            && let Some(value) = shaped(name, *shape, value)?
        {
            kept.insert((*name).to_owned(), value);
        }
    }
    // Templates send the whole object, empty, where no key of the customer's is meant.
    if kept
        .get("encryption")
        .is_some_and(|encryption| encryption["status"] != "Enabled")
    {
        kept.remove("encryption");
    }
    Ok(kept)
}

fn shaped(name: &str, shape: Shape, value: &Value) -> Result<Option<Value>, Problem> {
    let wrong = |wanted: &str| {
        let path = format!("properties.{name}");
        Err(Problem::new(
            Code::InvalidRequestContent,
            format!("The field {path} must be {wanted}."),
        )
        .target(path))
    };
    match (shape, value) {
        (_, Value::Null) => Ok(None),
        (Shape::Text, Value::String(text)) => Ok((!text.is_empty()).then(|| value.clone())),
        (Shape::Truth, Value::Bool(_)) => Ok(Some(value.clone())),
        (Shape::Truth, Value::String(text)) if text.is_empty() => Ok(None),
        (Shape::Truth, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true.into())),
        (Shape::Truth, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false.into())),
        (Shape::Object, Value::Object(fields)) => {
            let said = without_nothing(fields);
            Ok((!said.is_empty()).then(|| said.into()))
        }
        // Some clients say "no object" with empty text.
        (Shape::Object, Value::String(text)) if text.is_empty() => Ok(None),
        (Shape::List, Value::Array(list)) => Ok((!list.is_empty()).then(|| value.clone())),
        (Shape::Text, _) => wrong("text"),
        (Shape::Truth, _) => wrong("true or false"),
        (Shape::Object, _) => wrong("an object"),
        (Shape::List, _) => wrong("a list"),
    }
}

fn without_nothing(fields: &Map<String, Value>) -> Map<String, Value> {
    let said = fields.iter().filter_map(|(name, value)| match value {
        Value::Null => None,
        Value::Object(inner) => {
            let inner = without_nothing(inner);
            (!inner.is_empty()).then(|| (name.clone(), inner.into()))
        }
        value => Some((name.clone(), value.clone())),
    });
    said.collect()
}

/// `identity`, with its type in the published casing.
pub(crate) fn identity(body: &Document) -> Result<Option<Value>, Problem> {
    let Some(mut identity) = body.kept("identity")? else {
        return Ok(None);
    };
    let Some(given) = body
        .text("identity.type")?
        .map(|kind| kind.replace(' ', ""))
        .filter(|kind| !kind.is_empty())
    else {
        return Err(Problem::new(
            Code::InvalidRequestContent,
            format!(
                "The field identity.type is required: {}.",
                IDENTITIES.join(" or ")
            ),
        )
        .target("identity.type"));
    };
    let known = IDENTITIES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(&given))
        .ok_or_else(|| {
            Problem::new(
                Code::InvalidRequestContent,
                format!(
                    "The value '{}' of identity.type is not allowed: use {}.",
                    printable(&given),
                    IDENTITIES.join(" or ")
                ),
            )
            .target("identity.type")
        })?;
    identity["type"] = (*known).into();
    if let Value::Object(fields) = &mut identity {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(Some(identity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(properties: Value, expected: Result<Value, &str>) {
        let body = json!({"properties": properties}).to_string();
        let found = kept(&Document::read(body.as_bytes()).expect("an object"));
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(Value::Object(found), expected, "{body}"),
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, expected) => panic!("{body}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn what_the_template_sends_is_kept_in_its_published_shape() {
        check(
            json!({"hbiWorkspace": "False", "imageBuildCompute": "", "containerRegistry": null, "KEYVAULT": "/v",
                "softDeleteEnabled": "false", "managedNetwork": {"isolationMode": "Disabled", "outboundRules": null}}),
            Ok(
                json!({"hbiWorkspace": false, "keyVault": "/v", "managedNetwork": {"isolationMode": "Disabled"}}),
            ),
        );
        let empty = json!({"keyVaultArmId": "", "keyIdentifier": ""});
        check(
            json!({"encryption": {"status": "Disabled", "keyVaultProperties": empty}}),
            Ok(json!({})),
        );
        check(
            json!({"featureStoreSettings": {"computeruntime": {"SparkRuntimeVersion": null}}}),
            Ok(json!({})),
        );
        check(
            json!({"storageAccount": 5}),
            Err("properties.storageAccount must be text"),
        );
        check(
            json!({"hbiWorkspace": "maybe"}),
            Err("properties.hbiWorkspace must be true or false"),
        );
        check(
            json!({"managedNetwork": []}),
            Err("properties.managedNetwork must be an object"),
        );
    }

    #[test]
    fn an_identity_has_a_known_type() {
        let read = |identity: Value| {
            let body = json!({"identity": identity}).to_string();
            identity_of(&body)
        };
        fn identity_of(body: &str) -> Result<Option<Value>, Problem> {
            identity(&Document::read(body.as_bytes()).expect("an object"))
        }
        assert_eq!(
            read(json!({"type": "systemAssigned, userassigned"})),
            Ok(Some(json!({"type": "SystemAssigned,UserAssigned"})))
        );
        assert_eq!(read(Value::Null), Ok(None));
        assert!(read(json!({})).is_err() && read(json!({"type": "Mine"})).is_err());
    }
}
