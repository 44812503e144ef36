//! `raiExternalSafetyProviders` of a subscription: analyzers of texts that are none of ours, which its policies may ask. One
//! is a service of the shape of Azure AI Content Safety, or a guard model that this server serves.
//!
//! Its key is sealed in a table of its own and never goes out again.

mod body;
mod delete;
mod get;
mod guard;
mod list;
mod put;
mod questions;

use super::NAMESPACE;
use crate::dispatch::{Call, Route, action, list, route};
use cupola_core::ResourceId;

const KIND: &str = "raiExternalSafetyProviders";
const LIST: &str =
    "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/raiExternalSafetyProviders";
const ONE: &str =
    "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/raiExternalSafetyProviders/{name}";

const READ: &str = "Microsoft.CognitiveServices/raiExternalSafetyProviders/read";
const WRITE: &str = "Microsoft.CognitiveServices/raiExternalSafetyProviders/write";
const DELETE: &str = "Microsoft.CognitiveServices/raiExternalSafetyProviders/delete";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, list!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("DELETE", ONE, action!(DELETE, delete::delete)),
];

/// The provider of this name in the subscription that something is in.
pub(super) fn id_in(of: &ResourceId, name: &str) -> ResourceId {
    let subscription = of.subscription.as_deref().unwrap_or_default();
    ResourceId::subscription(subscription).resource(NAMESPACE, KIND, name)
}

fn id(call: &Call) -> ResourceId {
    id_in(
        &ResourceId::subscription(call.param("subscription")),
        call.param("name"),
    )
}
