//! `cupola ml connection`: someone else's endpoint, made known to a workspace.

mod create;
mod delete;
mod list;
mod show;
mod update;
mod written;

use serde_json::{Map, Value};

use super::{fields, snake, system_data};
use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::table::Column;
use crate::session::Place;
use crate::verbs::{columns, verbs};

verbs! {
    /// Create a connection, or replace it.
    Create(create::Create),
    /// List the connections of a workspace.
    List(list::List),
    /// Show a connection.
    Show(show::Show),
    /// Change some of a connection.
    Update(update::Update),
    /// Delete a connection.
    Delete(delete::Delete),
}

const LIST: &str = "cupola ml connection list -o table";

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "Type" => "/type",
    "Credentials" => "/credentials/type",
    "Target" => "/target",
};

fn url(arm: &Arm, place: &Place, name: Option<&str>, action: &str) -> String {
    let path = place.child(arm, "connections", name);
    arm.url(&format!("{path}{action}"), version::MACHINE_LEARNING)
}

/// The connection with its secrets, which only this request shows.
async fn with_secrets(arm: &Arm, place: &Place, name: &str) -> Result<Value, Failure> {
    arm.post(&url(arm, place, Some(name), "/listsecrets")).await
}

/// A connection in the words of the documents.
fn described(resource: &Value) -> Value {
    let properties = &resource["properties"];
    let mut credentials = Map::new();
    let kind = properties["authType"].as_str().map(written::credential_word);
    credentials.insert("type".into(), kind.map_or(Value::Null, Value::from));
    for (key, value) in properties["credentials"].as_object().into_iter().flatten() {
        credentials.insert(snake(key), value.clone());
    }
    let kind = properties["category"].as_str().map(written::type_word);
    fields([
        ("name", resource["name"].clone()),
        ("type", kind.map_or(Value::Null, Value::from)),
        ("target", properties["target"].clone()),
        ("credentials", Value::Object(credentials)),
        ("metadata", properties["metadata"].clone()),
        ("is_shared", properties["isSharedToAll"].clone()),
        ("expiry_time", properties["expiryTime"].clone()),
        ("group", properties["group"].clone()),
        ("id", resource["id"].clone()),
        ("creation_context", system_data(resource).unwrap_or_default()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_connection_in_the_words_of_the_documents() {
        let resource = json!({"id": "/c/a", "name": "a", "systemData": {"createdAt": "t"}, "properties": {
            "category": "AzureOpenAI", "authType": "ApiKey", "target": "https://h", "isSharedToAll": true, "metadata": {},
            "group": "AzureAI", "credentials": {"key": "k"}}});
        insta::assert_snapshot!(described(&resource).to_string(), @r#"{"name":"a","type":"azure_open_ai","target":"https://h","credentials":{"type":"api_key","key":"k"},"metadata":{},"is_shared":true,"group":"AzureAI","id":"/c/a","creation_context":{"created_at":"t"}}"#);
    }
}
