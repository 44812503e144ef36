//! The activity log: the audit record of a subscription, as the monitor of the cloud service shows it.

mod event;
mod filter;
mod list;
mod words;

use crate::dispatch::{Route, list, route};

pub(crate) use event::event_id;
pub(crate) use event::number_of;

/// How the action of a finding of the content safety ends; the gateway writes them.
pub(crate) const CONTENT_FILTER: &str = "/contentFilter/action";
const READ: &str = "Microsoft.Insights/eventtypes/values/read";

pub(crate) const ROUTES: &[Route] = &[route(
    "GET",
    "/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values",
    list!(READ, list::list),
)];
