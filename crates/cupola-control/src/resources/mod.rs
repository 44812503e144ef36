//! The generic list: every resource of a subscription or of a group, whatever its type.

mod filter;
mod list;

use crate::dispatch::{Route, list, route};
pub(crate) use filter::Filter;

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/subscriptions/{subscription}/resources",
        list!(
            "Microsoft.Resources/subscriptions/resources/read",
            list::in_subscription
        ),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/resourceGroups/{group}/resources",
        list!(
            "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
            list::in_group
        ),
    ),
];
