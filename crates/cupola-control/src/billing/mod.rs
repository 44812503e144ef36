//! What was used and what it costs, in shapes of our own: the bill of a subscription, and the newest requests of an endpoint.

mod grouped;
mod requests;
mod usage;

use crate::dispatch::{Route, action, route};

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Cupola.Billing/usage",
        action!("Cupola.Billing/usage/read", usage::usage),
    ),
    route(
        "GET",
        "/{scope*}/providers/Cupola.Billing/requests",
        action!("Cupola.Billing/requests/read", requests::list),
    ),
];
