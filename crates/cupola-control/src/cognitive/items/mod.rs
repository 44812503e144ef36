//! `raiBlocklistItems`: words and expressions of a blocklist, one by one or a batch at a time.

mod batch;
mod body;
mod delete;
mod get;
mod list;
mod put;
mod usable;

use super::{account_path, blocklists, endpoint_path};
use crate::dispatch::{Call, Route, action, route};
use cupola_core::ResourceId;
use cupola_wire::arm::cognitive::{ENDPOINT_RAI_BLOCKLIST_ITEM_TYPE, RAI_BLOCKLIST_ITEM_TYPE};

const LIST: &str = account_path!("/raiBlocklists/{list}/raiBlocklistItems");
const ONE: &str = account_path!("/raiBlocklists/{list}/raiBlocklistItems/{name}");
const LIST_OF_ENDPOINT: &str = endpoint_path!("/raiBlocklists/{list}/raiBlocklistItems");
const ONE_OF_ENDPOINT: &str = endpoint_path!("/raiBlocklists/{list}/raiBlocklistItems/{name}");

const READ: &str = "Microsoft.CognitiveServices/accounts/raiBlocklists/raiBlocklistItems/read";
const WRITE: &str = "Microsoft.CognitiveServices/accounts/raiBlocklists/raiBlocklistItems/write";
const DELETE: &str = "Microsoft.CognitiveServices/accounts/raiBlocklists/raiBlocklistItems/delete";
const ENDPOINT_READ: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/raiBlocklistItems/read";
const ENDPOINT_WRITE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/raiBlocklistItems/write";
const ENDPOINT_DELETE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/raiBlocklistItems/delete";

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
    route(
        "POST",
        account_path!("/raiBlocklists/{list}/addRaiBlocklistItems"),
        action!(
            "Microsoft.CognitiveServices/accounts/raiBlocklists/addRaiBlocklistItems/action",
            batch::add
        ),
    ),
    route(
        "POST",
        account_path!("/raiBlocklists/{list}/deleteRaiBlocklistItems"),
        action!(
            "Microsoft.CognitiveServices/accounts/raiBlocklists/deleteRaiBlocklistItems/action",
            batch::delete
        ),
    ),
    route(
        "POST",
        endpoint_path!("/raiBlocklists/{list}/addRaiBlocklistItems"),
        action!(
            "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/addRaiBlocklistItems/action",
            batch::add
        ),
    ),
    route(
        "POST",
        endpoint_path!("/raiBlocklists/{list}/deleteRaiBlocklistItems"),
        action!(
            "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/deleteRaiBlocklistItems/action",
            batch::delete
        ),
    ),
];

// Items of a list: each request is compared with all of them.
const ITEMS_MAX: usize = 5_000;

fn id(call: &Call) -> ResourceId {
    blocklists::id(call).child("raiBlocklistItems", call.param("name"))
}

fn kind(call: &Call) -> &'static str {
    if call.params.has("account") {
        RAI_BLOCKLIST_ITEM_TYPE
    } else {
        ENDPOINT_RAI_BLOCKLIST_ITEM_TYPE
    }
}
