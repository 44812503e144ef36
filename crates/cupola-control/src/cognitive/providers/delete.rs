//! `DELETE …/raiExternalSafetyProviders/{name}`: with its key; not while a policy asks it.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, etag, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::{ENDPOINT_RAI_POLICY_TYPE, RAI_POLICY_TYPE, RaiPolicyProperties};
use http::StatusCode;
use serde_json::json;

// Policies that a refusal names.
const NAMED_MAX: usize = 5;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    let subscription = ResourceId::subscription(call.param("subscription"));
    let mut users = Vec::new();
    for kind in [RAI_POLICY_TYPE, ENDPOINT_RAI_POLICY_TYPE] {
        for policy in owned::all(&mut work.resources(), Below::TypeIn(&subscription, kind)).await? {
            let body: RaiPolicyProperties = owned::body(&policy)?;
            let asks = |name: &str| name.eq_ignore_ascii_case(found.id.name());
            if body
                .safety_providers
                .iter()
                .any(|config| asks(&config.safety_provider_name))
            {
                users.push(policy.id.to_string());
            }
        }
    }
    if !users.is_empty() {
        users.truncate(NAMED_MAX);
        return Err(Problem::new(
            Code::Conflict,
            format!(
                "The safety provider '{}' is asked by policies: {}. Take it out of them first.",
                found.id.name(),
                users.join(", ")
            ),
        ));
    }
    work.secrets().delete(&grant, &found.id).await?;
    work.resources().delete(&grant, &found.id).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::OK))
}
