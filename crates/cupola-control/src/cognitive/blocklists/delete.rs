//! `DELETE …/raiBlocklists/{list}`: with its items; not while a policy uses it.

use super::super::{holder, steps};
use super::id;
use crate::dispatch::{Call, Reply};
use crate::{answer, etag, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::{ENDPOINT_RAI_POLICY_TYPE, RAI_POLICY_TYPE, RaiPolicyProperties};
use http::StatusCode;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    let holder = holder(&call);
    let mut users = Vec::new();
    for kind in [RAI_POLICY_TYPE, ENDPOINT_RAI_POLICY_TYPE] {
        for policy in owned::all(&mut work.resources(), Below::Children(&holder, kind)).await? {
            let body: RaiPolicyProperties = owned::body(&policy)?;
            let uses = |name: &str| name.eq_ignore_ascii_case(found.id.name());
            if body
                .custom_blocklists
                .iter()
                .any(|list| uses(&list.blocklist_name))
            {
                users.push(policy.id.name().to_owned());
            }
        }
    }
    if !users.is_empty() {
        return Err(Problem::new(
            Code::Conflict,
            format!(
                "The blocklist '{}' is used by the policies {}. Take it out of them first.",
                found.id.name(),
                users.join(", ")
            ),
        ));
    }
    steps::remove(work, (&call, &grant), &found).await
}
