//! Resource groups.

mod delete;
mod get;
mod list;
mod patch;
mod put;

use crate::dispatch::{Call, Route, action, list, route};
use cupola_core::ResourceId;

const LIST: &str = "/subscriptions/{subscription}/resourceGroups";
const ONE: &str = "/subscriptions/{subscription}/resourceGroups/{group}";

const READ: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";
const WRITE: &str = "Microsoft.Resources/subscriptions/resourceGroups/write";
const DELETE: &str = "Microsoft.Resources/subscriptions/resourceGroups/delete";

// HEAD is GET without the body, as everywhere.
pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, list!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("PATCH", ONE, action!(WRITE, patch::patch)),
    route("DELETE", ONE, action!(DELETE, delete::delete)),
];

fn id(call: &Call) -> ResourceId {
    ResourceId::group(call.param("subscription"), call.param("group"))
}
