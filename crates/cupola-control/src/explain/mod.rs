//! Why something was refused: the audit record of one request, in words, with what would change the answer.

mod charged;
mod get;
mod reasons;

use crate::dispatch::{Route, route, signed_in};

pub(crate) const ROUTES: &[Route] = &[route(
    "GET",
    "/providers/Cupola.Audit/events/{id}",
    signed_in!(get::get),
)];
