//! The envelope that every resource is shown in.

use serde::Serialize;
use serde_json::{Map, Value};

/// A resource as clients read it. What is `None` is left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The full id.
    pub id: String,
    /// The last segment of the id.
    pub name: String,
    /// The full type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The short form of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// A variant of the type, such as `Hub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `None` for types that take no tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Map<String, Value>>,
    /// How it is sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Value>,
    /// The identity that it acts with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Value>,
    /// Changes with every write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Who made and changed it. Clients read it without a null check.
    pub system_data: SystemData,
    /// The typed body; left out of the generic list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
    /// Other fields, as they were given.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
    /// In the generic list, with `$expand=createdTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_time: Option<String>,
    /// In the generic list, with `$expand=changedTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_time: Option<String>,
    /// In the generic list, with `$expand=provisioningState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_state: Option<String>,
}

/// `systemData`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemData {
    /// Who made it.
    pub created_by: String,
    /// `Application` or `User`.
    pub created_by_type: String,
    /// When, in ISO 8601.
    pub created_at: String,
    /// Who changed it last.
    pub last_modified_by: String,
    /// `Application` or `User`.
    pub last_modified_by_type: String,
    /// When.
    pub last_modified_at: String,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items.
    pub value: Vec<T>,
    /// Where the next page is; an absolute URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

impl<T> Page<T> {
    /// A list that fits on one page.
    pub fn whole(value: Vec<T>) -> Self {
        Self {
            value,
            next_link: None,
        }
    }
}
