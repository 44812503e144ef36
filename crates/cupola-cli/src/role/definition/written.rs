//! `--role-definition`: a role as people write it, in the document's form or in that of `list`.

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::flat::json_argument;

const EXAMPLE: &str = "cupola role definition create --role-definition \
    '{\"Name\": \"Endpoint Reader\", \"Actions\": [\"Microsoft.MachineLearningServices/*/read\"], \
    \"AssignableScopes\": [\"/subscriptions/SUB\"]}'";

/// A role that somebody wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The name for people.
    pub(super) name: String,
    /// The GUID or the id, where the text has one.
    pub(super) id: Option<String>,
    /// The first of the scopes at which it can be given.
    pub(super) scope: String,
    pub(super) properties: Value,
}

/// Reads the argument.
pub(super) fn read(argument: &str) -> Result<Written, Failure> {
    let Value::Object(given) = json_argument("--role-definition", argument)? else {
        return Err(Failure::usage("--role-definition must be a JSON object").hint(EXAMPLE));
    };
    let field = |names: &[&str]| {
        given
            .iter()
            .find(|(key, _)| names.iter().any(|name| name.eq_ignore_ascii_case(key)))
            .map(|(_, value)| value.clone())
    };
    let text = |names: &[&str]| field(names).and_then(|value| value.as_str().map(str::to_owned));
    let missing = |name: &str| Failure::usage(format!("--role-definition has no {name}")).hint(EXAMPLE);
    let name = text(&["roleName"])
        .or_else(|| text(&["Name"]))
        .ok_or_else(|| missing("Name"))?;
    // In what `list` prints, `name` is the GUID and `roleName` the name.
    let id = text(&["Id"]).or_else(|| text(&["roleName"]).and_then(|_| text(&["name"])));
    let scopes = field(&["AssignableScopes"]).unwrap_or_default();
    let scope = scopes[0]
        .as_str()
        .ok_or_else(|| missing("AssignableScopes"))?
        .to_owned();
    let permissions = match field(&["permissions"]) {
        Some(permissions) => permissions,
        None => {
            let list = |name: &str| field(&[name]).unwrap_or_else(|| json!([]));
            json!([{"actions": list("Actions"), "notActions": list("NotActions"),
                "dataActions": list("DataActions"), "notDataActions": list("NotDataActions")}])
        }
    };
    let mut properties = Map::new();
    properties.insert("roleName".into(), name.clone().into());
    properties.insert(
        "description".into(),
        text(&["Description"]).unwrap_or_default().into(),
    );
    properties.insert("type".into(), "CustomRole".into());
    properties.insert("assignableScopes".into(), scopes);
    properties.insert("permissions".into(), permissions);
    Ok(Written {
        name,
        id,
        scope: scope.trim_end_matches('/').to_owned(),
        properties: properties.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let written = read(
            r#"{"Name": "R", "IsCustom": true, "Actions": ["a"], "AssignableScopes": ["/subscriptions/s/"]}"#,
        );
        let written = written.expect("reads");
        assert_eq!(
            (
                written.name.as_str(),
                written.id.as_deref(),
                written.scope.as_str()
            ),
            ("R", None, "/subscriptions/s")
        );
        assert_eq!(
            written.properties["permissions"].to_string(),
            r#"[{"actions":["a"],"notActions":[],"dataActions":[],"notDataActions":[]}]"#
        );
        let listed = read(
            r#"{"name": "G", "roleName": "R", "permissions": [{"actions": ["b"]}], "assignableScopes": ["/s"]}"#,
        );
        let listed = listed.expect("reads");
        assert_eq!((listed.name.as_str(), listed.id.as_deref()), ("R", Some("G")));
        assert_eq!(
            listed.properties["permissions"].to_string(),
            r#"[{"actions":["b"]}]"#
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let check = |text: &str, expected: &str| assert_eq!(read(text).expect_err("fails").message, expected);
        check("[]", "--role-definition must be a JSON object");
        check(r#"{"AssignableScopes": ["/s"]}"#, "--role-definition has no Name");
        check(r#"{"Name": "n"}"#, "--role-definition has no AssignableScopes");
    }
}
