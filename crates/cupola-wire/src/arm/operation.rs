//! Long-running operations, as clients poll them.

use serde::Serialize;
use serde_json::Value;

/// The body at `Azure-AsyncOperation`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationStatus {
    /// The path of this status.
    pub id: String,
    /// The operation's id.
    pub name: String,
    /// `InProgress`, `Succeeded`, `Failed`; only the last two end the polling.
    pub status: &'static str,
    /// ISO 8601.
    pub start_time: String,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// 0 to 100.
    pub percent_complete: f32,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
}
