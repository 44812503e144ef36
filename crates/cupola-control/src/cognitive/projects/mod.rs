//! `Microsoft.CognitiveServices/accounts/projects`: Foundry projects.

mod delete;
mod get;
mod list;
mod patch;
mod put;

use super::account_path;
use crate::control::Control;
use crate::dispatch::{Call, Route, action, route};
use crate::owned;
use cupola_core::ResourceId;
use cupola_store::Resource;
use cupola_wire::arm::cognitive::ProjectProperties;
use serde_json::{Value, json};

const LIST: &str = account_path!("/projects");
const ONE: &str = account_path!("/projects/{project}");

const READ: &str = "Microsoft.CognitiveServices/accounts/projects/read";
const WRITE: &str = "Microsoft.CognitiveServices/accounts/projects/write";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("PATCH", ONE, action!(WRITE, patch::patch)),
    route(
        "DELETE",
        ONE,
        action!(
            "Microsoft.CognitiveServices/accounts/projects/delete",
            delete::delete
        ),
    ),
];

fn id(call: &Call) -> ResourceId {
    super::account(call).child("projects", call.param("project"))
}

/// Where a project keeps the custom domain of its account, which cannot change while there are projects: so no list of
/// them has to read the account.
const ACCOUNT_DOMAIN: &str = "accountDomain";

/// The properties as clients read them: the address follows from the account's.
pub(crate) fn properties(control: &Control, resource: &Resource) -> Value {
    let Ok(mut stored) = owned::body::<ProjectProperties>(resource) else {
        return resource.properties.clone();
    };
    let domain = stored.rest.shift_remove(ACCOUNT_DOMAIN);
    let domain = domain.as_ref().and_then(Value::as_str).unwrap_or_default();
    let endpoint = format!(
        "{}api/projects/{}",
        control.addresses().account_uri(domain),
        resource.id.name()
    );
    let mut shown = json!(stored);
    shown["endpoints"] = json!({"AI Foundry API": endpoint});
    shown
}
