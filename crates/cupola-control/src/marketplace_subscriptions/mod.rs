//! `Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions`: a workspace's acceptance of an offer.

pub(crate) mod delete;
mod get;
mod list;
mod put;

use crate::dispatch::{Call, Route, action, route};
use crate::kinds::workspace_id;
use cupola_core::ResourceId;

const LIST: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/marketplaceSubscriptions";
const ONE: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/marketplaceSubscriptions/{name}";

const READ: &str = "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/read";
const WRITE: &str = "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/write";
const DELETE: &str = "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/delete";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("DELETE", ONE, action!(DELETE, delete::delete)),
];

fn workspace(call: &Call) -> ResourceId {
    workspace_id(
        call.param("subscription"),
        call.param("group"),
        call.param("workspace"),
    )
}

fn id(call: &Call) -> ResourceId {
    workspace(call).child("marketplaceSubscriptions", call.param("name"))
}
