//! `raiBlocklists`, of accounts and of serverless endpoints: lists of words that policies refer to.

mod delete;
mod get;
mod list;
mod put;

use super::{account_path, endpoint_path, holder};
use crate::dispatch::{Call, Route, action, route};
use cupola_core::ResourceId;
use cupola_wire::arm::cognitive::{ENDPOINT_RAI_BLOCKLIST_TYPE, RAI_BLOCKLIST_TYPE};

const LIST: &str = account_path!("/raiBlocklists");
const ONE: &str = account_path!("/raiBlocklists/{list}");
const LIST_OF_ENDPOINT: &str = endpoint_path!("/raiBlocklists");
const ONE_OF_ENDPOINT: &str = endpoint_path!("/raiBlocklists/{list}");

const READ: &str = "Microsoft.CognitiveServices/accounts/raiBlocklists/read";
const WRITE: &str = "Microsoft.CognitiveServices/accounts/raiBlocklists/write";
const DELETE: &str = "Microsoft.CognitiveServices/accounts/raiBlocklists/delete";
const ENDPOINT_READ: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/read";
const ENDPOINT_WRITE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/write";
const ENDPOINT_DELETE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/delete";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("DELETE", ONE, action!(DELETE, delete::delete)),
    route("GET", LIST_OF_ENDPOINT, action!(ENDPOINT_READ, list::list)),
    route("GET", ONE_OF_ENDPOINT, action!(ENDPOINT_READ, get::get)),
    route("PUT", ONE_OF_ENDPOINT, action!(ENDPOINT_WRITE, put::put)),
    route(
        "DELETE",
        ONE_OF_ENDPOINT,
        action!(ENDPOINT_DELETE, delete::delete),
    ),
];

/// The blocklist that a path is of or below.
pub(super) fn id(call: &Call) -> ResourceId {
    holder(call).child("raiBlocklists", call.param("list"))
}

fn kind(call: &Call) -> &'static str {
    if call.params.has("account") {
        RAI_BLOCKLIST_TYPE
    } else {
        ENDPOINT_RAI_BLOCKLIST_TYPE
    }
}
