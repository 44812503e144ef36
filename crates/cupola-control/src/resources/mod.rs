//! What is done to resources whatever their type: listed, checked for their names, and not moved.

mod check_name;
mod filter;
mod list;
mod relocate;

use crate::dispatch::{Route, action, list, route, signed_in};
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
    route(
        "POST",
        "/subscriptions/{subscription}/resourceGroups/{group}/moveResources",
        action!(
            "Microsoft.Resources/subscriptions/resourceGroups/moveResources/action",
            relocate::relocate
        ),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/resourceGroups/{group}/validateMoveResources",
        action!(
            "Microsoft.Resources/subscriptions/resourceGroups/validateMoveResources/action",
            relocate::relocate
        ),
    ),
    route(
        "POST",
        "/providers/Microsoft.Resources/checkResourceName",
        signed_in!(check_name::check_name),
    ),
];
