//! What a client sends for a type that nobody here knows: the envelope is read, the rest is kept.

use crate::json::Document;
use cupola_core::{Problem, Region};
use cupola_store::Resource;
use serde_json::{Map, Value};

// The fields of the envelope that are read or written by themselves.
const ENVELOPE: [&str; 12] = [
    "id",
    "name",
    "type",
    "apiVersion",
    "location",
    "kind",
    "tags",
    "sku",
    "identity",
    "properties",
    "systemData",
    "etag",
];

// What a template carries along for the real provider to swallow. No answer of a real provider shows it again, so it is
// not kept: whoever may read the resource may not read passwords.
const WRITE_ONLY: [&str; 8] = [
    "password",
    "adminPassword",
    "administratorLoginPassword",
    "clientSecret",
    "secretValue",
    "protectedSettings",
    "certificatePassword",
    "accountKey",
];

/// The parts of a body.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) location: Option<Region>,
    kind: Option<String>,
    tags: Option<Map<String, Value>>,
    sku: Option<Value>,
    identity: Option<Value>,
    properties: Option<Value>,
    rest: Map<String, Value>,
}

impl Spec {
    pub(super) fn read(body: &Document, resource_type: &str) -> Result<Self, Problem> {
        let mut properties = body.kept("properties")?;
        if let Some(properties) = &mut properties {
            forget_secrets(properties);
            if let Value::Object(fields) = properties {
                fields.remove("provisioningState");
                if resource_type.to_ascii_lowercase().ends_with("/vaults/secrets") {
                    fields.remove("value");
                }
            }
        }
        Ok(Self {
            location: body
                .text("location")?
                .filter(|text| !text.is_empty())
                .map(str::parse)
                .transpose()?,
            kind: body.text("kind")?.map(str::to_owned),
            tags: body.tags()?,
            sku: body.kept("sku")?,
            identity: body.kept("identity")?,
            properties,
            rest: body
                .fields()
                .filter(|(name, value)| {
                    !value.is_null() && !ENVELOPE.iter().any(|known| known.eq_ignore_ascii_case(name))
                })
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        })
    }

    /// The resource as a PUT leaves it: what is not said is gone.
    pub(super) fn replace(self, resource: &mut Resource) {
        resource.kind = self.kind;
        resource.tags = self.tags.unwrap_or_default();
        resource.sku = self.sku;
        resource.identity = self.identity;
        resource.properties = self.properties.unwrap_or_else(|| Value::Object(Map::new()));
        resource.rest = self.rest;
    }

    /// The resource as a PATCH leaves it: what is not said stays.
    pub(super) fn merge(self, resource: &mut Resource) {
        resource.kind = self.kind.or(resource.kind.take());
        resource.sku = self.sku.or(resource.sku.take());
        resource.identity = self.identity.or(resource.identity.take());
        if let Some(tags) = self.tags {
            resource.tags = tags;
        }
        if let Some(properties) = self.properties {
            patch(&mut resource.properties, properties);
        }
        resource.rest.extend(self.rest);
    }
}

// RFC 7396: objects are merged, null takes away, everything else replaces.
fn patch(target: &mut Value, change: Value) {
    let Value::Object(change) = change else {
        *target = change;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in change {
            if value.is_null() {
                target.remove(&name);
            } else {
                patch(target.entry(name).or_insert(Value::Null), value);
            }
        }
    }
}

fn forget_secrets(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !WRITE_ONLY.iter().any(|secret| secret.eq_ignore_ascii_case(name)));
            fields.values_mut().for_each(forget_secrets);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_secrets),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_keeps_what_is_not_said() {
        let mut target = json!({"a": {"b": 1, "c": 2}, "d": 3});
        patch(
            &mut target,
            json!({"a": {"c": null, "e": [1]}, "f": {"g": null, "h": 1}}),
        );
        assert_eq!(target, json!({"a": {"b": 1, "e": [1]}, "d": 3, "f": {"h": 1}}));
    }

    #[test]
    fn passwords_are_not_kept() {
        let mut body = json!({"osProfile": {"adminPassword": "p", "adminUsername": "u"}, "list": [{"ClientSecret": "s"}]});
        forget_secrets(&mut body);
        assert_eq!(body, json!({"osProfile": {"adminUsername": "u"}, "list": [{}]}));
    }
}
