//! What of `Microsoft.CognitiveServices` belongs to a subscription or a region: models, quota, skus, and whether a name is
//! free.

mod check_domain;
mod check_sku;
mod models;
mod operations;
mod skus;
mod usages;

pub(super) use models::{capabilities, deployable, shown, takes};
pub(super) use usages::{usage, usages};

use crate::dispatch::{Route, action, list, route, signed_in};

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/providers/Microsoft.CognitiveServices/operations",
        signed_in!(operations::list),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/checkDomainAvailability",
        action!(
            "Microsoft.CognitiveServices/checkDomainAvailability/action",
            check_domain::check
        ),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/skus",
        list!("Microsoft.CognitiveServices/skus/read", skus::list),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{location}/models",
        list!("Microsoft.CognitiveServices/locations/models/read", models::list),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{location}/usages",
        action!("Microsoft.CognitiveServices/locations/usages/read", usages::list),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{location}/checkSkuAvailability",
        action!(
            "Microsoft.CognitiveServices/locations/checkSkuAvailability/action",
            check_sku::check
        ),
    ),
];
