//! `Cupola.Catalog`: models, and the backends that they are bound to.

use serde::Serialize;
use serde_json::Value;

/// A model of the catalog, as `GET /providers/Cupola.Catalog/models` lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogModelItem {
    /// `azureml://registries/R/models/M`.
    pub id: String,
    /// The registry.
    pub registry: String,
    /// The name in the registry.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// Who made it.
    pub publisher: String,
    /// The latest version.
    pub version: String,
    /// What it is for.
    pub task: String,
    /// An SPDX id or a name.
    pub license: String,
    /// One sentence.
    pub description: String,
    /// `partner` or `directly`.
    pub sold_by: &'static str,
    /// Where it may be subscribed to; empty where it is sold directly.
    pub offer_countries: Vec<String>,
    /// What a subscriber subscribes to; absent where it is sold directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<CatalogOffer>,
    /// The text or the address of what a subscriber accepts.
    pub terms: String,
    /// Where it may be deployed; empty means everywhere.
    pub deployment_regions: Vec<String>,
    /// Where it may be fine-tuned; empty means nowhere.
    pub fine_tuning_regions: Vec<String>,
    /// Tokens of prompt and completion together.
    pub context_tokens: u32,
    /// What is charged.
    pub prices: Vec<MeterPrice>,
    /// Announced, not final.
    pub preview: bool,
    /// What serves it, without secrets.
    pub binding: Option<Value>,
}

/// A partner's offer, as its subscriptions name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogOffer {
    /// Such as `cohere`.
    pub publisher_id: String,
    /// Such as `cohere-command-r-08-2024-offer`.
    pub offer_id: String,
    /// Such as `cohere-command-r-08-2024-plan`.
    pub plan_id: String,
}

/// The price of a meter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeterPrice {
    /// Such as `prompt_tokens`.
    pub meter: &'static str,
    /// Such as `token`.
    pub unit: &'static str,
    /// Micro-units of the currency for a million units.
    pub micro_units_per_million: u64,
    /// ISO 4217.
    pub currency: String,
}

/// A line of a bill, as `GET …/providers/Cupola.Billing/usage` lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageItem {
    /// The endpoint's name.
    pub endpoint: String,
    /// Its workspace's name.
    pub workspace: String,
    /// Its id.
    pub resource_id: String,
    /// The model's id.
    pub model: String,
    /// What was counted.
    pub meter: &'static str,
    /// How much.
    pub quantity: u64,
    /// Of what.
    pub unit: &'static str,
    /// Decimal text, exact.
    pub cost: String,
    /// ISO 4217.
    pub currency: String,
}
