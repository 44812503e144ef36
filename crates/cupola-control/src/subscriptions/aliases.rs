//! `/providers/Microsoft.Subscription/aliases/{alias}`: how a subscription is made, once, however often it is asked for.
//!
//! The country of the bill decides which offers may be bought, so a new subscription says it: `properties.billingCountry`,
//! which is ours, or that of the first subscription of this server.

use crate::dispatch::{Call, Reply, View};
use crate::kinds::{not_found, require_subscription};
use crate::paging::{Token, page};
use crate::roles::OWNER;
use crate::show::envelope;
use crate::{answer, audit, etag, show};
use cupola_core::name::printable;
use cupola_core::rbac::{Granted, RoleAssignment};
use cupola_core::{Code, Country, Problem, ResourceId};
use cupola_store::resources::Below;
use cupola_store::{Resource, UnitOfWork};
use http::StatusCode;
use serde_json::{Map, Value, json};

const TYPE: &str = "Microsoft.Subscription/aliases";
const NAME_CHARS_MAX: usize = 64;

fn id(call: &Call) -> Result<ResourceId, Problem> {
    let name = call.param("alias");
    let fits = (1..=NAME_CHARS_MAX).contains(&name.len())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if !fits {
        return Err(Problem::new(
            Code::InvalidResourceName,
            format!(
                "The alias '{}' is not valid: use 1 to {NAME_CHARS_MAX} letters, digits and _-.",
                printable(name)
            ),
        )
        .target("name"));
    }
    ResourceId::parse(&format!("/providers/{TYPE}/{name}")).ok_or_else(Problem::internal)
}

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let id = id(&call)?;
    let found = call.control.store().reader().await?.resources().find(&id).await?;
    let found = found.ok_or_else(|| not_found(&id))?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}

pub(super) async fn list(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    page(
        &call,
        reader.resources(),
        Below::Type(TYPE),
        Token::SkipToken,
        |found| view.sees(&found.id).then(|| envelope(&call.control, &found)),
    )
    .await
}

/// The alias goes, the subscription stays.
pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let id = id(&call)?;
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    work.resources().delete(&grant, &id).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::OK))
}

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let id = id(&call)?;
    let spec = Spec::read(&call)?;
    let mut work = call.control.store().begin().await?;
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    if let Some(existing) = existing {
        return unchanged(&call, &mut work, &existing, &spec).await;
    }
    let subscription = match &spec.subscription {
        Some(known) => require_subscription(work.resources(), known).await?,
        None => create(&mut work, &call, &grant, &spec).await?,
    };
    let stamp = call.stamp(&grant);
    let alias = Resource {
        properties: json!({
            "subscriptionId": subscription.id.name(),
            "displayName": subscription.properties["displayName"],
            "billingCountry": subscription.properties["billingCountry"],
            "billingScope": spec.billing_scope,
            "workload": spec.workload,
        }),
        etag: call.new_etag(),
        ..Resource::new(id, stamp)
    };
    work.resources().put(&grant, &alias).await?;
    let detail = json!({"subscriptionId": subscription.id.name(), "displayName": subscription.properties["displayName"]});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(show::reply(&call.control, StatusCode::CREATED, &alias))
}

struct Spec {
    subscription: Option<String>,
    display_name: Option<String>,
    country: Option<Country>,
    workload: &'static str,
    billing_scope: String,
    tags: Map<String, Value>,
}

impl Spec {
    fn read(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let name = body
            .text("properties.displayName")?
            .filter(|name| !name.is_empty());
        // The published body has room for what it does not know in additionalProperties.
        let country = match body.text("properties.billingCountry")? {
            Some(country) => Some(country),
            None => body.text("properties.additionalProperties.billingCountry")?,
        };
        Ok(Self {
            subscription: body.text("properties.subscriptionId")?.map(str::to_owned),
            display_name: name.map(display_name).transpose()?,
            country: country
                .map(str::parse)
                .transpose()
                .map_err(|problem: Problem| problem.target("properties.billingCountry"))?,
            workload: body
                .choice("properties.workload", &["Production", "DevTest"])?
                .unwrap_or("Production"),
            billing_scope: body
                .text("properties.billingScope")?
                .unwrap_or_default()
                .chars()
                .take(1024)
                .collect(),
            tags: body
                .tags_at("properties.additionalProperties.tags")?
                .unwrap_or_default(),
        })
    }
}

/// A name for people: short, on one line.
pub(super) fn display_name(text: &str) -> Result<String, Problem> {
    if (1..=64).contains(&text.chars().count())
        && !text.contains(|c: char| c.is_control() || "<>".contains(c))
    {
        return Ok(text.to_owned());
    }
    Err(Problem::new(
        Code::InvalidRequestContent,
        format!(
            "The subscription name '{}' is not valid: use 1 to 64 characters without control characters and <>.",
            printable(text)
        ),
    )
    .target("properties.displayName"))
}

// Asking again for the same is how clients retry; asking for something else would be ignored silently.
async fn unchanged(
    call: &Call,
    work: &mut UnitOfWork,
    alias: &Resource,
    spec: &Spec,
) -> Result<Reply, Problem> {
    let id = alias.properties["subscriptionId"].as_str().unwrap_or_default();
    let is = require_subscription(work.resources(), id).await?.properties;
    let renamed = spec
        .display_name
        .as_deref()
        .is_some_and(|name| is["displayName"] != name && alias.properties["displayName"] != name);
    let moved = spec
        .country
        .as_ref()
        .is_some_and(|country| is["billingCountry"] != country.as_str());
    let other = spec
        .subscription
        .as_deref()
        .is_some_and(|other| !other.eq_ignore_ascii_case(id));
    if renamed || moved || other {
        return Err(Problem::new(
            Code::Conflict,
            format!(
                "The alias '{}' is that of the subscription {id} already. To rename it: POST \
                 /subscriptions/{id}/providers/Microsoft.Subscription/rename; its billing country cannot change. For \
                 another subscription use another alias.",
                alias.id.name()
            ),
        ));
    }
    Ok(show::reply(&call.control, StatusCode::OK, alias))
}

async fn create(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    spec: &Spec,
) -> Result<Resource, Problem> {
    let country = match &spec.country {
        Some(country) => country.to_string(),
        None => first_country(work).await?,
    };
    let name = call.param("alias");
    let id = ResourceId::subscription(&call.new_id());
    let stamp = call.stamp(grant);
    let subscription = Resource {
        tags: spec.tags.clone(),
        properties: json!({
            "displayName": spec.display_name.as_deref().unwrap_or(name),
            "state": "Enabled",
            "billingCountry": country,
            "tenantId": call.control.tenant(),
        }),
        etag: call.new_etag(),
        ..Resource::new(id.clone(), stamp)
    };
    work.resources().put(grant, &subscription).await?;
    // Whoever makes a subscription owns it, or nobody could use it.
    let principal = grant.principal();
    let owner = RoleAssignment {
        id: call.new_id(),
        scope: id.to_string(),
        role: OWNER.to_owned(),
        principal: principal.id.clone(),
        principal_type: if principal.kind == "User" {
            "User"
        } else {
            "ServicePrincipal"
        }
        .to_owned(),
        created_at: call.now,
    };
    work.access().assign(grant, &owner).await?;
    Ok(subscription)
}

async fn first_country(work: &mut UnitOfWork) -> Result<String, Problem> {
    let first = work.access().fact("subscription").await?.unwrap_or_default();
    let first = require_subscription(work.resources(), &first).await?;
    Ok(first.properties["billingCountry"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}
