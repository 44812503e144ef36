//! `cupola ml`: the verbs of `az ml`.

mod connection;
pub(crate) mod marketplace_subscription;
pub(crate) mod model;
pub(crate) mod serverless_endpoint;
pub(crate) mod workspace;

use serde_json::{Map, Value};

use crate::verbs::verbs;

verbs! {
    /// Hubs, projects and plain workspaces.
    #[command(subcommand)]
    Workspace(workspace::Command),
    /// Models of a registry, or of every registry.
    #[command(subcommand)]
    Model(model::Command),
    /// A workspace's acceptances of offers; partner models need one before they can be deployed.
    #[command(subcommand)]
    MarketplaceSubscription(marketplace_subscription::Command),
    /// Endpoints of others, made known to a workspace.
    #[command(subcommand)]
    Connection(connection::Command),
    /// Models served with a URI and two keys of their own.
    #[command(subcommand)]
    ServerlessEndpoint(serverless_endpoint::Command),
}

/// `PendingFulfillmentStart` as the SDK writes it: `pending_fulfillment_start`.
pub(crate) fn snake(text: &str) -> String {
    let mut snake = String::with_capacity(text.len() + 4);
    for (at, letter) in text.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// `systemData` as the SDK writes it, absent if the server sent none.
pub(crate) fn system_data(resource: &Value) -> Option<Value> {
    let fields = resource["systemData"].as_object()?;
    Some(Value::Object(
        fields
            .iter()
            .map(|(key, value)| (snake(key), value.clone()))
            .collect(),
    ))
}

/// An object of these fields in this order, without those that are null.
pub(crate) fn fields<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let present = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(
        present
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}

/// The name after `/name/` in a resource id.
pub(crate) fn after<'a>(id: &'a str, name: &str) -> Option<&'a str> {
    let mut segments = id.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case(name))?;
    segments.next().filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_are_written_as_the_sdk_writes_them() {
        let check = |text: &str, expected: &str| assert_eq!(snake(text), expected);
        check("Succeeded", "succeeded");
        check("PendingFulfillmentStart", "pending_fulfillment_start");
        check("createdAt", "created_at");
        check("", "");
    }

    #[test]
    fn null_fields_are_left_out() {
        assert_eq!(
            fields([("b", json!(1)), ("n", Value::Null), ("a", json!({}))]).to_string(),
            r#"{"b":1,"a":{}}"#
        );
    }

    #[test]
    fn names_are_found_in_ids() {
        let id = "/subscriptions/s/resourceGroups/cupola/providers/X/workspaces/w";
        assert_eq!(after(id, "resourcegroups"), Some("cupola"));
        assert_eq!(after(id, "workspaces"), Some("w"));
        assert_eq!(after(id, "nope"), None);
    }
}
