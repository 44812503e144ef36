//! Limits that an operator sets: a property of our own on serverless endpoints (`rateLimits`) and on accounts (`keyLimits`).

use serde::{Deserialize, Serialize};

/// What may be spent in a minute; what is absent is not limited here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// Tokens of all classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u32>,
    /// Requests, whatever their size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
}

/// What each of the two keys may spend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLimits {
    /// The primary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<Rate>,
    /// The secondary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary: Option<Rate>,
}

/// What an endpoint may spend, and each of its keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimits {
    /// The endpoint; what is absent is as published.
    #[serde(flatten)]
    pub rate: Rate,
    /// Its keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeyLimits>,
}
