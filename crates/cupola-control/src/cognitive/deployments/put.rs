//! `PUT …/deployments/{name}`: deploys a model, or changes a deployment.

use super::super::{account, check_name, policies, require_parent, steps, wrong};
use super::body::Spec;
use super::quota;
use crate::dispatch::{Call, Reply};
use crate::kinds::MARKETPLACE;
use crate::serverless_endpoints::put::unbound;
use crate::{etag, owned};
use cupola_core::catalog::{self, CatalogModel, Sale};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Problem, ResourceId};
use cupola_store::resources::Below;
use cupola_store::{Resource, UnitOfWork};
use cupola_wire::arm::MarketplaceSubscriptionProperties;
use cupola_wire::arm::cognitive::DeploymentProperties;
use serde_json::json;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name("deployment", call.param("name"), 1)?;
    let spec = Spec::read(&call.json()?)?;
    let id = account(&call).child("deployments", call.param("name"));
    let mut work = call.control.store().begin().await?;
    let account = require_parent(work.resources(), &id).await?;
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    let model = deployable(&mut work, &call, &account, &spec).await?;
    let body = DeploymentProperties {
        model: spec.model(model, call.control.strict())?,
        model_id: model.id.to_string(),
        rai_policy_name: policy(&mut work, &account.id, spec.rai_policy_name.as_deref()).await?,
        version_upgrade_option: spec
            .version_upgrade_option
            .unwrap_or("OnceNewDefaultVersionAvailable")
            .to_owned(),
        rest: spec.rest.clone(),
    };
    let region = account.location.clone().unwrap_or_default();
    quota::check(&mut work, &call.control, &id, &region, (&body, &spec.sku)).await?;
    let status = steps::status(existing.as_ref());
    let deployment = existing.unwrap_or_else(|| Resource::new(id, call.stamp(&grant)));
    let deployment = Resource {
        // It is not shown: quota is counted in the region of the account.
        location: Some(region),
        tags: spec.tags.unwrap_or_default(),
        sku: Some(json!(spec.sku)),
        properties: json!(body),
        ..deployment
    };
    steps::write(work, (&call, &grant), deployment, status).await
}

async fn deployable<'a>(
    work: &mut UnitOfWork,
    call: &'a Call,
    account: &Resource,
    spec: &Spec,
) -> Result<&'a CatalogModel, Problem> {
    let model = spec.find(call.control.catalog())?;
    let kind = account.kind.as_deref().unwrap_or_default();
    if !super::super::places::takes(&call.control, kind, model) {
        return Err(wrong(
            "properties.model.format",
            format!(
                "The account '{}' is of kind {kind}, and fidelity is strict: it deploys models of format OpenAI alone. Use \
                 an account of kind AIServices.",
                account.id.name()
            ),
        ));
    }
    let region = account.location.as_deref().unwrap_or_default().parse()?;
    // Nothing is bought here, so only those who ask for the service's own rules need a subscription first.
    let subscribed = !call.control.strict() || is_subscribed(work, &account.id, model).await?;
    catalog::may_deploy(model, &region, subscribed)?;
    if work.bindings().find(&model.id).await?.is_none() {
        return Err(unbound(&model.id).target("properties.model.name"));
    }
    Ok(model)
}

// An account is in no workspace: a marketplace subscription anywhere in its subscription counts.
async fn is_subscribed(
    work: &mut UnitOfWork,
    account: &ResourceId,
    model: &CatalogModel,
) -> Result<bool, Problem> {
    let Sale::Partner(offer) = &model.sale else {
        return Ok(true);
    };
    let subscription = ResourceId::subscription(account.subscription.as_deref().unwrap_or_default());
    let offer = format!("{}/{}", offer.publisher_id, offer.offer_id);
    let below = Below::Referring(Some(&subscription), MARKETPLACE, &offer);
    for found in owned::all(&mut work.resources(), below).await? {
        let body: MarketplaceSubscriptionProperties = owned::body(&found)?;
        if body.marketplace_subscription_status == "Subscribed" {
            return Ok(true);
        }
    }
    Ok(false)
}

// A policy that is not there would be one that does not screen.
async fn policy(
    work: &mut UnitOfWork,
    account: &ResourceId,
    name: Option<&str>,
) -> Result<Option<String>, Problem> {
    let Some(name) = name else { return Ok(None) };
    match policies::find(work.resources(), account, name).await? {
        Some(found) => Ok(Some(found)),
        None => Err(wrong(
            "properties.raiPolicyName",
            format!(
                "The account '{}' has no policy '{}'. Make it first, or use Microsoft.DefaultV2.",
                account.name(),
                printable(name)
            ),
        )),
    }
}
