//! Azure Resource Manager: envelopes, errors, and the properties of each resource type.

mod catalog;
mod connection;
mod endpoint;
mod envelope;
mod error;
mod limits;
mod marketplace;
mod metadata;
mod operation;
mod workspace;

pub mod cognitive;
pub mod identity;
pub mod registry;

pub use catalog::{CatalogModelItem, CatalogOffer, MeterPrice, UsageItem};
pub use connection::{AUTH_TYPES, AuthType, CONNECTION_TYPE, ConnectionProperties, category};
pub use endpoint::{ContentSafety, ENDPOINT_TYPE, EndpointProperties, EndpointState, ModelSettings};
pub use envelope::{Envelope, Page, SystemData};
pub use error::{Circumstances, ErrorBody, ErrorDetail, error_object};
pub use limits::{KeyLimits, Rate, RateLimits};
pub use marketplace::{MarketplacePlan, MarketplaceSubscriptionProperties, SaasProperties};
pub use metadata::Cloud;
pub use operation::OperationStatus;
pub use workspace::{KEPT as WORKSPACE_KEPT, Shape, WorkspaceProperties};
