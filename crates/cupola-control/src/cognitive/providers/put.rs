//! `PUT …/raiExternalSafetyProviders/{name}`: makes an external analyzer known, or changes it.

use super::super::{check_name, steps, wrong};
use super::body::Spec;
use super::{guard, id};
use crate::dispatch::{Call, Caller, Reply};
use crate::kinds::require_subscription;
use crate::{etag, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, Secret};
use cupola_store::resources::Below;
use cupola_store::{Resource, UnitOfWork};
use cupola_wire::arm::cognitive::{RAI_PROVIDER_TYPE, RaiExternalSafetyProviderProperties};
use serde_json::json;

// Providers of a subscription.
const PROVIDERS_MAX: u32 = 100;
// Who may say where models are served from, may say where texts are sent to.
const OPERATOR: &str = "Cupola.Catalog/registries/bindings/write";

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name("safety provider", call.param("name"), 1)?;
    let document = call.json()?;
    let Spec { properties, key } = Spec::read(&document)?;
    let tags = document.tags()?.unwrap_or_default();
    let id = id(&call);
    let mut work = call.control.store().begin().await?;
    let subscription = require_subscription(work.resources(), call.param("subscription")).await?;
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    if properties.allow_private_network {
        let caller = Caller::within(&mut work, grant.principal().clone()).await?;
        caller.decide(OPERATOR, "/").map_err(|_| inside())?;
    }
    if let Some(deployment) = &properties.deployment_id {
        guard::require(&call.control, work.resources(), &id, deployment).await?;
    }
    if existing.is_none() {
        let siblings = Below::Children(&subscription.id, RAI_PROVIDER_TYPE);
        let siblings = work.resources().list(siblings, None, PROVIDERS_MAX).await?;
        if siblings.len() >= PROVIDERS_MAX as usize {
            return Err(wrong(
                "name",
                format!(
                    "The subscription has {PROVIDERS_MAX} safety providers, the most there may be. Delete one first."
                ),
            ));
        }
    }
    let status = steps::status(existing.as_ref());
    keep_key(&mut work, (&call, &grant), existing.as_ref(), &properties, key).await?;
    let provider = existing.unwrap_or_else(|| Resource::new(id, call.stamp(&grant)));
    let provider = Resource {
        tags,
        properties: json!(properties),
        ..provider
    };
    steps::write(work, (&call, &grant), provider, status).await
}

/// Seals the key that was sent. Without one the key stays, as long as it goes where it went before: who may change the URL may
/// not have the key sent to themselves.
async fn keep_key(
    work: &mut UnitOfWork,
    (call, grant): (&Call, &Granted),
    existing: Option<&Resource>,
    properties: &RaiExternalSafetyProviderProperties,
    key: Option<Secret>,
) -> Result<(), Problem> {
    let id = id(call);
    if let Some(key) = key {
        let sealed = call.control.keyring().seal(&key, call.control.entropy());
        return Ok(work.secrets().put(grant, &id, &sealed, call.now).await?);
    }
    let Some(existing) = existing else {
        return Ok(());
    };
    let before: RaiExternalSafetyProviderProperties = owned::body(existing)?;
    if before.url == properties.url {
        return Ok(());
    }
    if work.secrets().find(&id).await?.is_some() && properties.url.is_some() {
        return Err(wrong(
            "properties.apiKey",
            "The url changes, so the key that is kept may not go with it: give properties.apiKey again, or delete the \
             provider and make it anew without one.",
        ));
    }
    Ok(work.secrets().delete(grant, &id).await?)
}

fn inside() -> Problem {
    Problem::new(
        Code::AuthorizationFailed,
        format!(
            "With properties.allowPrivateNetwork texts may be sent to addresses inside the operator's network. That takes \
             the right to '{OPERATOR}' at '/': let the operator put this provider."
        ),
    )
    .target("properties.allowPrivateNetwork")
}
