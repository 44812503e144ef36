//! The domain of Cupola: names, resources and their states, decisions. No I/O, no clock, no JSON.
//!
//! Everything here is a value or a pure function; time and chance come in as arguments.

pub mod address;
pub mod catalog;
pub mod chance;
pub mod csv;
pub mod money;
pub mod name;
pub mod operation;
pub mod percent;
pub mod problem;
pub mod quota;
pub mod rbac;
pub mod resource_id;
pub mod secret;
pub mod time;
pub mod usage;

pub use chance::Entropy;
pub use name::{
    ConnectionName, Country, EndpointName, MarketplaceSubscriptionName, ModelId, Region, ResourceGroupName,
    WorkspaceName,
};
pub use operation::Operation;
pub use problem::{Code, Problem};
pub use resource_id::ResourceId;
pub use secret::Secret;
pub use time::{Clock, Timestamp};
