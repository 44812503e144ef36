//! `raiPolicies`, of accounts and of serverless endpoints: what is screened, and how strictly. Two are the system's; they
//! are listed with the others and nobody can change them.

mod body;
mod delete;
mod get;
mod list;
mod providers;
mod put;

use super::{account_path, endpoint_path, holder};
use crate::dispatch::{Call, Route, action, route};
use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::resources::Resources;
use cupola_store::{Resource, StoreError};
use cupola_wire::arm::cognitive::{ENDPOINT_RAI_POLICY_TYPE, RAI_POLICY_TYPE, system_policy};
use serde_json::json;

const LIST: &str = account_path!("/raiPolicies");
const ONE: &str = account_path!("/raiPolicies/{name}");
const LIST_OF_ENDPOINT: &str = endpoint_path!("/raiPolicies");
const ONE_OF_ENDPOINT: &str = endpoint_path!("/raiPolicies/{name}");

const READ: &str = "Microsoft.CognitiveServices/accounts/raiPolicies/read";
const WRITE: &str = "Microsoft.CognitiveServices/accounts/raiPolicies/write";
const DELETE: &str = "Microsoft.CognitiveServices/accounts/raiPolicies/delete";
const ENDPOINT_READ: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiPolicies/read";
const ENDPOINT_WRITE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiPolicies/write";
const ENDPOINT_DELETE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiPolicies/delete";

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

fn id(call: &Call) -> ResourceId {
    holder(call).child("raiPolicies", call.param("name"))
}

fn kind(call: &Call) -> &'static str {
    if call.params.has("account") {
        RAI_POLICY_TYPE
    } else {
        ENDPOINT_RAI_POLICY_TYPE
    }
}

/// The name of a policy in its own casing, of the system or of this holder; `None` where there is none.
pub(super) async fn find(
    mut resources: Resources<'_>,
    holder: &ResourceId,
    name: &str,
) -> Result<Option<String>, StoreError> {
    if let Some((name, _)) = system_policy(name) {
        return Ok(Some(name.to_owned()));
    }
    let found = resources.find(&holder.child("raiPolicies", name)).await?;
    Ok(found.map(|found| found.id.name().to_owned()))
}

/// A policy of the system as a resource of this holder.
fn of_system(holder: &Resource, name: &str) -> Option<Resource> {
    let (name, policy) = system_policy(name)?;
    Some(Resource {
        properties: json!(policy),
        etag: "\"0\"".to_owned(),
        ..Resource::new(holder.id.child("raiPolicies", name), holder.created.clone())
    })
}

// Whoever reads the name believes to know what it does.
fn refuse_system_names(name: &str) -> Result<(), Problem> {
    let reserved = name
        .get(..10)
        .is_some_and(|head| head.eq_ignore_ascii_case("Microsoft."));
    if !reserved {
        return Ok(());
    }
    Err(Problem::new(
        Code::ReservedResourceName,
        format!(
            "The policy '{}' is the system's: it can be neither changed nor deleted. Make one of your own, with it as \
             properties.basePolicyName.",
            printable(name)
        ),
    )
    .target("name"))
}
