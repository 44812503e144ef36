//! `PUT …/marketplaceSubscriptions/{name}`: subscribes a workspace to an offer, and heals the endpoints that had lost it.
//!
//! Nothing here waits for a machine, so all of it is one unit of work and the operation is over when it is answered.

use super::{id, workspace};
use crate::dispatch::{Call, Reply};
use crate::kinds::{SAAS, require_parent, require_subscription};
use crate::{audit, etag, operations, owned, show};
use cupola_core::catalog::{self, CatalogModel, Offer, Sale};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Country, MarketplaceSubscriptionName, ModelId, Problem, ResourceId};
use cupola_store::{Resource, StoreError, UnitOfWork};
use cupola_wire::arm::{
    EndpointProperties, EndpointState, MarketplacePlan, MarketplaceSubscriptionProperties, SaasProperties,
};
use http::StatusCode;
use serde_json::json;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let name: MarketplaceSubscriptionName = call.param("name").parse()?;
    let model = asked_model(&call)?;
    let mut work = call.control.store().begin().await?;
    let subscription = require_subscription(work.resources(), call.param("subscription")).await?;
    let workspace = require_parent(work.resources(), &workspace(&call), "marketplaceSubscriptions").await?;
    let existing = work.resources().find(&id(&call)).await?;
    etag::check(&call, existing.as_ref())?;
    if let Some(existing) = existing {
        return unchanged(&call, &existing, &model);
    }
    let model = call
        .control
        .catalog()
        .require(&model)
        .map_err(|problem| problem.target("properties.modelId"))?;
    let offer = catalog::may_subscribe(model, &billing_country(&subscription)?)?;
    let held = owned::marketplace_subscription_to(work.resources(), &workspace.id, offer).await?;
    refuse_a_second(offer, model, held.map(|(other, _)| other).as_ref())?;

    let created = new_subscription(&call, &grant, &workspace.id, &name, model, offer);
    work.resources().put(&grant, &created).await?;
    let twin = new_twin(&mut work, &created, offer, workspace.id.name()).await?;
    work.resources().put(&grant, &twin).await?;
    let healed = heal(&mut work, &call, &grant, &workspace.id, &created.id, offer).await?;
    let region = workspace.location.as_deref().unwrap_or(call.control.region());
    let begun = operations::begin_done(&mut work, &call, &grant.principal().id, &created.id, region).await?;
    let detail = json!({"modelId": model.id.to_string(), "offerId": offer.offer_id, "healed": healed});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(begun.follow(&call, show::reply(&call.control, StatusCode::CREATED, &created)))
}

fn asked_model(call: &Call) -> Result<ModelId, Problem> {
    let body = call.json()?;
    let text = body.required("properties.modelId", "azureml://registries/REGISTRY/models/MODEL")?;
    text.parse()
        .map_err(|problem: Problem| problem.target("properties.modelId"))
}

fn unchanged(call: &Call, existing: &Resource, model: &ModelId) -> Result<Reply, Problem> {
    let body: MarketplaceSubscriptionProperties = owned::body(existing)?;
    if body.model_id.eq_ignore_ascii_case(&model.to_string()) {
        return Ok(show::reply(&call.control, StatusCode::OK, existing));
    }
    Err(Problem::user(
        format!(
            "The marketplace subscription '{}' is to {}, and its model cannot change. Create another one for {model}.",
            existing.id.name(),
            body.model_id
        ),
        &["BadArgument", "ModelIdCannotChange"],
    )
    .target("properties.modelId"))
}

fn billing_country(subscription: &Resource) -> Result<Country, Problem> {
    subscription.properties["billingCountry"]
        .as_str()
        .unwrap_or_default()
        .parse()
        .map_err(|_| {
            Problem::new(
                Code::Conflict,
                format!(
                    "The subscription '{}' has no billing country, so no offer can be sold to it.",
                    subscription.id.name()
                ),
            )
        })
}

fn refuse_a_second(offer: &Offer, model: &CatalogModel, held: Option<&Resource>) -> Result<(), Problem> {
    let Some(other) = held else { return Ok(()) };
    Err(Problem::user(
        format!(
            "This workspace is subscribed to the offer '{}' already, as '{}'. One subscription is enough for every \
             endpoint of {}.",
            offer.offer_id,
            other.id.name(),
            model.id
        ),
        &["Conflict", "MarketplaceSubscriptionExists"],
    )
    .with_status(409)
    .target("properties.modelId"))
}

fn new_subscription(
    call: &Call,
    grant: &Granted,
    workspace: &ResourceId,
    name: &MarketplaceSubscriptionName,
    model: &CatalogModel,
    offer: &Offer,
) -> Resource {
    let stamp = call.stamp(grant);
    let properties = MarketplaceSubscriptionProperties {
        model_id: model.id.to_string(),
        marketplace_plan: MarketplacePlan {
            publisher_id: offer.publisher_id.clone(),
            offer_id: offer.offer_id.clone(),
            plan_id: offer.plan_id.clone(),
        },
        marketplace_subscription_status: "Subscribed".to_owned(),
    };
    Resource {
        properties: json!(properties),
        etag: call.new_etag(),
        ..Resource::new(workspace.child("marketplaceSubscriptions", name.as_str()), stamp)
    }
}

// The resource under which the subscription shows in lists of the group. It has the subscription's name where that is
// free: another workspace of the group may have one of the same name.
async fn new_twin(
    work: &mut UnitOfWork,
    subscription: &Resource,
    offer: &Offer,
    workspace: &str,
) -> Result<Resource, Problem> {
    let group = owned::group_of(&subscription.id);
    let name = subscription.id.name();
    let mut id = group.resource(SAAS, "resources", name);
    let mut others = 1;
    while work.resources().find(&id).await?.is_some() {
        let suffix = if others == 1 {
            String::new()
        } else {
            format!("-{others}")
        };
        id = group.resource(SAAS, "resources", &format!("{name}-{workspace}{suffix}"));
        others += 1;
    }
    let properties = SaasProperties {
        publisher_id: offer.publisher_id.clone(),
        offer_id: offer.offer_id.clone(),
        sku_id: offer.plan_id.clone(),
        status: "Subscribed".to_owned(),
        marketplace_subscription_id: subscription.id.to_string(),
    };
    Ok(Resource {
        id,
        location: Some("global".to_owned()),
        properties: json!(properties),
        ..subscription.clone()
    })
}

async fn heal(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    workspace: &ResourceId,
    subscription: &ResourceId,
    offer: &Offer,
) -> Result<usize, Problem> {
    let mut healed = 0;
    for (mut endpoint, mut body) in sold_in(work, call, workspace, offer, None).await? {
        if body.endpoint_state != EndpointState::Suspended {
            continue;
        }
        body.endpoint_state = EndpointState::Online;
        body.marketplace_subscription_id = Some(subscription.to_string());
        endpoint.properties = json!(body);
        endpoint.etag = call.new_etag();
        endpoint.modified = call.stamp(grant);
        work.resources().put(grant, &endpoint).await?;
        healed += 1;
    }
    Ok(healed)
}

/// The endpoints of a workspace whose model is sold by this offer, and those of `other`, a model that may have left the
/// catalog.
pub(super) async fn sold_in(
    work: &mut UnitOfWork,
    call: &Call,
    workspace: &ResourceId,
    offer: &Offer,
    other: Option<&str>,
) -> Result<Vec<(Resource, EndpointProperties)>, StoreError> {
    let sold = |model: &&CatalogModel| matches!(&model.sale, Sale::Partner(own) if own.publisher_id == offer.publisher_id && own.offer_id == offer.offer_id);
    let models = call.control.catalog().models().iter().filter(sold);
    let mut ids: Vec<String> = models.map(|model| model.id.to_string()).collect();
    ids.extend(
        other
            .filter(|other| !ids.iter().any(|id| id.eq_ignore_ascii_case(other)))
            .map(str::to_owned),
    );
    let mut found = Vec::new();
    for id in ids {
        found.extend(owned::endpoints_of(work.resources(), workspace, &id).await?);
    }
    Ok(found)
}
