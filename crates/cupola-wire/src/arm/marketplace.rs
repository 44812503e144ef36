//! `Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions` and its twin in `Microsoft.SaaS`, as they are
//! stored.

use serde::{Deserialize, Serialize};

/// `properties` of a marketplace subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarketplaceSubscriptionProperties {
    /// `azureml://registries/R/models/M`, without a version.
    pub model_id: String,
    /// Which plan of which offer. Clients read it without a null check, so it is always there.
    pub marketplace_plan: MarketplacePlan,
    /// `Subscribed`, `Suspended` or `Unsubscribed`.
    pub marketplace_subscription_status: String,
}

/// Which plan of which offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarketplacePlan {
    /// Such as `cohere`.
    pub publisher_id: String,
    /// Such as `cohere-command-r-08-2024-offer`.
    pub offer_id: String,
    /// Such as `cohere-command-r-08-2024-plan`.
    pub plan_id: String,
}

/// `properties` of a `Microsoft.SaaS/resources`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SaasProperties {
    /// Which publisher.
    pub publisher_id: String,
    /// Which offer.
    pub offer_id: String,
    /// Which plan.
    pub sku_id: String,
    /// `Subscribed`.
    pub status: String,
    /// The marketplace subscription whose twin it is, as an id.
    pub marketplace_subscription_id: String,
}
