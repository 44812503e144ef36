//! Azure Resource Manager: envelopes, errors, and the properties of each resource type.

mod endpoint;

pub use endpoint::{ContentSafety, EndpointProperties, EndpointState, ModelSettings};
