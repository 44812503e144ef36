//! `PUT …/serverlessEndpoints/{name}`: deploys a model, or changes a deployment.

use super::{id, make_keys, workspace};
use crate::dispatch::{Call, Reply};
use crate::jobs::provision_endpoint;
use crate::json::Document;
use crate::kinds::{ENDPOINT, require_parent};
use crate::rate_limits::{self, Wish};
use crate::{audit, etag, operations, owned, show};
use cupola_core::catalog::{self, Catalog, CatalogModel, Sale};
use cupola_core::rbac::Granted;
use cupola_core::{Code, EndpointName, ModelId, Problem, Region, ResourceId};
use cupola_store::resources::{Below, Resources};
use cupola_store::{Resource, StoreError, UnitOfWork};
use cupola_wire::arm::{ContentSafety, EndpointProperties, EndpointState, ModelSettings};
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let name: EndpointName = call.param("name").parse()?;
    let spec = Spec::read(&call.json()?, call.control.strict())?;
    let mut work = call.control.store().begin().await?;
    let workspace = require_parent(work.resources(), &workspace(&call), "serverlessEndpoints").await?;
    let existing = work.resources().find(&id(&call)).await?;
    etag::check(&call, existing.as_ref())?;
    let facts = Facts::read(&mut work, &call, workspace, existing, &spec).await?;
    match decide(&facts, &spec)? {
        Plan::Create(settings) => create(work, (&call, &grant), &facts, &name, spec, settings).await,
        Plan::Change { endpoint, provision } => change(work, (&call, &grant), *endpoint, provision).await,
    }
}

/// What the client asks for.
#[derive(Debug, Clone, Default)]
struct Spec {
    location: Option<Region>,
    model: Option<ModelId>,
    auth_mode: Option<&'static str>,
    content_safety: Option<&'static str>,
    rate_limits: Wish,
    tags: Option<Map<String, Value>>,
    sku: Option<Value>,
    identity: Option<Value>,
}

impl Spec {
    fn read(body: &Document, strict: bool) -> Result<Self, Problem> {
        let model = body.text("properties.modelSettings.modelId")?;
        Ok(Self {
            location: body
                .text("location")?
                .filter(|text| !text.is_empty())
                .map(str::parse)
                .transpose()?,
            model: model
                .filter(|text| !text.is_empty())
                .map(str::parse)
                .transpose()?,
            auth_mode: body.choice("properties.authMode", &["Key", "AAD", "KeyAndAAD"])?,
            content_safety: body.choice(
                "properties.contentSafety.contentSafetyStatus",
                &["Enabled", "Disabled"],
            )?,
            rate_limits: rate_limits::of_endpoint(body, strict)?,
            tags: body.tags()?,
            sku: body.kept("sku")?,
            identity: body.kept("identity")?,
        })
    }
}

/// What is so when the request arrives.
struct Facts<'a> {
    catalog: &'a Catalog,
    strict: bool,
    workspace: ResourceId,
    region: Region,
    existing: Option<(Resource, EndpointProperties)>,
    /// The marketplace subscription of this workspace to the model's offer.
    subscription: Option<ResourceId>,
    /// Has the model a backend?
    bound: bool,
    /// Another endpoint of this workspace that serves the same model; in strict mode alone.
    sibling: Option<String>,
}

impl<'a> Facts<'a> {
    async fn read(
        work: &mut UnitOfWork,
        call: &'a Call,
        workspace: Resource,
        existing: Option<Resource>,
        spec: &Spec,
    ) -> Result<Self, Problem> {
        let existing = match existing {
            Some(resource) => {
                let body: EndpointProperties = owned::body(&resource)?;
                Some((resource, body))
            }
            None => None,
        };
        // A request that leaves the model out means the one that is there.
        let kept = existing
            .as_ref()
            .and_then(|(_, body)| body.model_settings.model_id.parse().ok());
        let wanted: Option<ModelId> = spec.model.clone().or(kept);
        let region = workspace
            .location
            .as_deref()
            .unwrap_or(call.control.region())
            .parse()?;
        let catalog = call.control.catalog();
        let mut facts = Self {
            catalog,
            strict: call.control.strict(),
            workspace: workspace.id,
            region,
            existing,
            subscription: None,
            bound: false,
            sibling: None,
        };
        if let Some(model) = wanted.as_ref().and_then(|id| catalog.find(id)) {
            let served = model.id.to_string();
            facts.bound = work.bindings().find(&model.id).await?.is_some();
            facts.subscription = subscription_to(work.resources(), &facts.workspace, model).await?;
            // Only strict fidelity asks who else serves the model.
            if facts.strict && facts.existing.is_none() {
                let below = Below::Referring(Some(&facts.workspace), ENDPOINT, &served);
                let sibling = work.resources().list(below, None, 1).await?.pop();
                facts.sibling = sibling.map(|resource| resource.id.name().to_owned());
            }
        }
        Ok(facts)
    }
}

/// The subscription of a workspace that lets this model be deployed: once an offer is subscribed, every model of the
/// offer is.
pub(crate) async fn subscription_to(
    resources: Resources<'_>,
    workspace: &ResourceId,
    model: &CatalogModel,
) -> Result<Option<ResourceId>, StoreError> {
    let Sale::Partner(offer) = &model.sale else {
        return Ok(None);
    };
    let held = owned::marketplace_subscription_to(resources, workspace, offer).await?;
    Ok(held
        .filter(|(_, body)| body.marketplace_subscription_status == "Subscribed")
        .map(|(resource, _)| resource.id))
}

/// What is to be done.
#[derive(Debug)]
enum Plan {
    Create(EndpointProperties),
    /// The resource as it will be; `provision` where an earlier attempt failed and this one tries again.
    Change {
        endpoint: Box<Resource>,
        provision: bool,
    },
}

fn decide(facts: &Facts<'_>, spec: &Spec) -> Result<Plan, Problem> {
    check_location(facts, spec)?;
    match &facts.existing {
        Some((resource, body)) => decide_change(facts, spec, resource, body),
        None => decide_creation(facts, spec),
    }
}

fn check_location(facts: &Facts<'_>, spec: &Spec) -> Result<(), Problem> {
    let Some(location) = &spec.location else {
        return Err(Problem::new(
            Code::LocationRequired,
            format!(
                "The location property is required for this definition. Use that of the workspace, {}.",
                facts.region
            ),
        )
        .target("location"));
    };
    if *location == facts.region {
        return Ok(());
    }
    if facts.existing.is_some() {
        return Err(Problem::new(
            Code::InvalidResourceLocation,
            format!(
                "The endpoint is in {} already and cannot move to {location}.",
                facts.region
            ),
        )
        .target("location"));
    }
    Err(Problem::user(
        format!(
            "An endpoint is in the region of its workspace: '{}' is in {}, so location cannot be '{location}'.",
            facts.workspace.name(),
            facts.region
        ),
        &["BadArgument", "LocationMismatch"],
    )
    .target("location"))
}

fn decide_creation(facts: &Facts<'_>, spec: &Spec) -> Result<Plan, Problem> {
    let Some(id) = &spec.model else {
        return Err(Problem::user(
            "The field properties.modelSettings.modelId is required: azureml://registries/REGISTRY/models/MODEL.",
            &["BadArgument"],
        )
        .target("properties.modelSettings.modelId"));
    };
    let model = facts.catalog.require(id)?;
    catalog::may_deploy(model, &facts.region, facts.subscription.is_some())?;
    if !facts.bound {
        return Err(unbound(&model.id));
    }
    if let Some(sibling) = &facts.sibling {
        return Err(Problem::user(
            format!(
                "The model {} is deployed in this workspace already, as '{sibling}', and fidelity is strict: one \
                 deployment of a model in a workspace. Use that one, delete it, or start the server with --fidelity \
                 relaxed.",
                model.id
            ),
            &["BadArgument", "ServerlessEndpointForModelExists"],
        )
        .target("properties.modelSettings.modelId"));
    }
    Ok(Plan::Create(EndpointProperties {
        auth_mode: spec.auth_mode.unwrap_or("Key").to_owned(),
        model_settings: ModelSettings {
            model_id: model.id.to_string(),
        },
        content_safety: spec
            .content_safety
            .map_or_else(ContentSafety::default, |status| ContentSafety {
                content_safety_status: status.to_owned(),
            }),
        endpoint_state: EndpointState::Creating,
        marketplace_subscription_id: facts.subscription.as_ref().map(ToString::to_string),
        rate_limits: spec.rate_limits.of(None),
    }))
}

/// The refusal to deploy a model that nothing serves, with the command that changes that.
pub(crate) fn unbound(model: &ModelId) -> Problem {
    Problem::user(
        format!(
            "The model {model} is not bound to a backend. Bind it with: cupola catalog bind {model} --engine \
             FILE_OR_DIR | --upstream URL | --simulator"
        ),
        &["BadArgument", "ModelNotBound"],
    )
    .target("properties.modelSettings.modelId")
}

fn decide_change(
    facts: &Facts<'_>,
    spec: &Spec,
    resource: &Resource,
    body: &EndpointProperties,
) -> Result<Plan, Problem> {
    if let Some(wanted) = &spec.model
        && !wanted
            .to_string()
            .eq_ignore_ascii_case(&body.model_settings.model_id)
    {
        return Err(Problem::user(
            format!(
                "The endpoint '{}' serves {}, and the model of an endpoint cannot change. Create another endpoint for \
                 {wanted}.",
                resource.id.name(),
                body.model_settings.model_id
            ),
            &["BadArgument", "ModelIdCannotChange"],
        )
        .target("properties.modelSettings.modelId"));
    }
    let mut body = body.clone();
    if let Some(mode) = spec.auth_mode {
        mode.clone_into(&mut body.auth_mode);
    }
    if let Some(status) = spec.content_safety {
        status.clone_into(&mut body.content_safety.content_safety_status);
    }
    body.rate_limits = spec.rate_limits.of(body.rate_limits);
    let mut endpoint = Box::new(resource.clone());
    endpoint.tags = spec.tags.clone().unwrap_or(endpoint.tags);
    endpoint.sku = spec.sku.clone().or(endpoint.sku);
    endpoint.identity = spec.identity.clone().or(endpoint.identity);
    // What failed once is tried again by asking again; the reason may be gone.
    let provision = endpoint.provisioning_state == "Failed";
    if provision {
        if !facts.bound {
            return Err(unbound(&body.model_settings.model_id.parse()?));
        }
        body.endpoint_state = EndpointState::Creating;
        "Creating".clone_into(&mut endpoint.provisioning_state);
    }
    endpoint.properties = json!(body);
    Ok(Plan::Change { endpoint, provision })
}

async fn create(
    mut work: UnitOfWork,
    (call, grant): (&Call, &Granted),
    facts: &Facts<'_>,
    name: &EndpointName,
    spec: Spec,
    body: EndpointProperties,
) -> Result<Reply, Problem> {
    let id = facts.workspace.child("serverlessEndpoints", name.as_str());
    // The name is part of the address, so it belongs to one endpoint of the region, whoever its tenant is.
    if !work
        .resources()
        .claim(&format!("endpoint/{}/{name}", facts.region), &id)
        .await?
    {
        return Err(Problem::user(
            format!("Serverless endpoint name '{name}' is not available. Please select a different name."),
            &["Conflict", "ServerlessEndpointNameNotAvailable"],
        )
        .with_status(409)
        .target("name"));
    }
    let stamp = call.stamp(grant);
    let endpoint = Resource {
        kind: Some("ServerlessEndpoint".to_owned()),
        location: Some(facts.region.to_string()),
        tags: spec.tags.unwrap_or_default(),
        sku: Some(spec.sku.unwrap_or_else(|| json!({"name": "Consumption"}))),
        identity: spec.identity,
        properties: json!(body),
        provisioning_state: "Creating".to_owned(),
        etag: call.new_etag(),
        ..Resource::new(id, stamp)
    };
    work.resources().put(grant, &endpoint).await?;
    make_keys(&mut work, call, &endpoint.id).await?;
    let begun = provision(&mut work, call, grant, &endpoint).await?;
    audit::change(
        &mut work,
        call,
        grant,
        "Accepted",
        json!({"modelId": body.model_settings.model_id}),
    )
    .await?;
    work.save().await?;
    Ok(begun.follow(call, show::reply(&call.control, StatusCode::CREATED, &endpoint)))
}

async fn change(
    mut work: UnitOfWork,
    (call, grant): (&Call, &Granted),
    mut endpoint: Resource,
    again: bool,
) -> Result<Reply, Problem> {
    endpoint.etag = call.new_etag();
    endpoint.modified = call.stamp(grant);
    work.resources().put(grant, &endpoint).await?;
    let begun = match again {
        true => Some(provision(&mut work, call, grant, &endpoint).await?),
        false => None,
    };
    audit::change(&mut work, call, grant, "Succeeded", json!({})).await?;
    work.save().await?;
    let reply = show::reply(&call.control, StatusCode::OK, &endpoint);
    Ok(match begun {
        Some(begun) => begun.follow(call, reply),
        None => reply,
    })
}

async fn provision(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    endpoint: &Resource,
) -> Result<operations::Begun, Problem> {
    let region = endpoint.location.as_deref().unwrap_or_default();
    let begun = operations::begin(work, call, &grant.principal().id, &endpoint.id, region).await?;
    let payload = provision_endpoint::payload(&endpoint.id, &begun.id);
    work.jobs()
        .enqueue(provision_endpoint::KIND, &payload, call.now)
        .await?;
    Ok(begun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::a_resource;
    use cupola_core::catalog::{Offer, Task};

    const MODEL: &str = "azureml://registries/r/models/m";

    fn catalog(sale: Sale, regions: &[&str]) -> Catalog {
        Catalog::new([CatalogModel {
            id: MODEL.parse().expect("a model id"),
            display_name: "M".into(),
            publisher: "P".into(),
            version: "1".into(),
            task: Task::ChatCompletion,
            license: "Apache-2.0".into(),
            description: String::new(),
            terms: String::new(),
            sale,
            deployment_regions: regions
                .iter()
                .map(|region| region.parse().expect("a region"))
                .collect(),
            fine_tuning_regions: Vec::new(),
            context_tokens: 4096,
            prices: Vec::new(),
            currency: "USD".into(),
            preview: false,
        }])
    }

    fn facts(catalog: &Catalog) -> Facts<'_> {
        Facts {
            catalog,
            strict: false,
            workspace: workspace_id(),
            region: "eastus2".parse().expect("a region"),
            existing: None,
            subscription: None,
            bound: true,
            sibling: None,
        }
    }

    fn workspace_id() -> ResourceId {
        crate::kinds::workspace_id("s", "g", "w")
    }

    fn spec(location: &str, model: &str) -> Spec {
        let body = json!({"location": location, "properties": {"modelSettings": {"modelId": model}}});
        Spec::read(
            &Document::read(body.to_string().as_bytes()).expect("an object"),
            false,
        )
        .expect("a spec")
    }

    fn reason(facts: &Facts<'_>, spec: &Spec) -> String {
        match decide(facts, spec) {
            Ok(Plan::Create(_)) => "create".to_owned(),
            Ok(Plan::Change { provision, .. }) => format!("change, provision {provision}"),
            Err(problem) => {
                let inner = problem.inner.last().copied().unwrap_or(problem.code.as_str());
                format!("{} {inner}", problem.http_status())
            }
        }
    }

    #[test]
    fn a_new_endpoint_meets_every_rule_or_learns_which() {
        let direct = catalog(Sale::Directly, &[]);
        let elsewhere = catalog(Sale::Directly, &["westus"]);
        let offer = Offer {
            publisher_id: "p".into(),
            offer_id: "o".into(),
            plan_id: "l".into(),
            countries: Vec::new(),
        };
        let partner = catalog(Sale::Partner(offer), &[]);
        assert_eq!(reason(&facts(&direct), &spec("East US 2", MODEL)), "create");
        assert_eq!(reason(&facts(&direct), &spec("", MODEL)), "400 LocationRequired");
        assert_eq!(
            reason(&facts(&direct), &spec("westus", MODEL)),
            "400 LocationMismatch"
        );
        assert_eq!(reason(&facts(&direct), &spec("eastus2", "")), "400 BadArgument");
        assert_eq!(
            reason(&facts(&direct), &spec("eastus2", &format!("{MODEL}x"))),
            "400 ModelNotFound"
        );
        assert_eq!(
            reason(&facts(&elsewhere), &spec("eastus2", MODEL)),
            "400 ServerlessModelNotAvailableInRegion"
        );
        assert_eq!(
            reason(&facts(&partner), &spec("eastus2", MODEL)),
            "400 MarketplaceSubscriptionRequired"
        );
        let subscribed = Facts {
            subscription: Some(workspace_id()),
            ..facts(&partner)
        };
        assert_eq!(reason(&subscribed, &spec("eastus2", MODEL)), "create");
        let unbound = Facts {
            bound: false,
            ..facts(&direct)
        };
        assert_eq!(reason(&unbound, &spec("eastus2", MODEL)), "400 ModelNotBound");
        let strict = Facts {
            strict: true,
            sibling: Some("e".into()),
            ..facts(&direct)
        };
        assert_eq!(
            reason(&strict, &spec("eastus2", MODEL)),
            "400 ServerlessEndpointForModelExists"
        );
    }

    #[test]
    fn an_endpoint_keeps_its_model_and_its_region() {
        let direct = catalog(Sale::Directly, &[]);
        let Ok(Plan::Create(body)) = decide(&facts(&direct), &spec("eastus2", MODEL)) else {
            panic!("created")
        };
        let existing = |state: &str| {
            let mut resource = a_resource(&workspace_id().child("serverlessEndpoints", "e"), json!(body));
            resource.provisioning_state = state.to_owned();
            Facts {
                existing: Some((resource, body.clone())),
                ..facts(&direct)
            }
        };
        assert_eq!(
            reason(&existing("Succeeded"), &spec("eastus2", MODEL)),
            "change, provision false"
        );
        assert_eq!(
            reason(&existing("Succeeded"), &spec("eastus2", "")),
            "change, provision false"
        );
        assert_eq!(
            reason(&existing("Failed"), &spec("eastus2", MODEL)),
            "change, provision true"
        );
        assert_eq!(
            reason(&existing("Succeeded"), &spec("westus", MODEL)),
            "409 InvalidResourceLocation"
        );
        assert_eq!(
            reason(&existing("Succeeded"), &spec("eastus2", &format!("{MODEL}2"))),
            "400 ModelIdCannotChange"
        );
    }
}
