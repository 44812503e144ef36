//! `PUT …/workspaces/{workspace}`

use super::body::{identity, kept};
use super::id;
use crate::dispatch::{Call, Caller, Reply};
use crate::json::Document;
use crate::kinds::{WORKSPACE, require_group};
use crate::{etag, identities, owned, write};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, Region, ResourceId, WorkspaceName};
use cupola_store::{Resource, UnitOfWork};
use cupola_wire::arm::WorkspaceProperties;
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let name: WorkspaceName = call.param("workspace").parse()?;
    let spec = Spec::read(&call.json()?)?;
    let mut work = call.control.store().begin().await?;
    let group = require_group(work.resources(), call.param("subscription"), call.param("group")).await?;
    let existing = work.resources().find(&id(&call)).await?;
    etag::check(&call, existing.as_ref())?;
    let status = if existing.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    if let (Some(hub), None) = (&spec.hub, &existing) {
        // Whoever joins a hub sees the connections that it shares, so it takes a right there; the decision comes before the
        // look, so that nobody learns which hubs there are.
        let caller = Caller::within(&mut work, grant.principal().clone()).await?;
        caller.decide_linked(&grant, JOIN, &hub.to_string())?;
    }
    let hub = find_hub(&mut work, &spec).await?;
    let mut workspace = match existing {
        Some(found) => changed(found, &spec)?,
        None => created(&call, &grant, &group.id, &name, &spec, hub.as_ref())?,
    };
    identities::settle(&mut work, &call, &grant, &mut workspace).await?;
    let detail = json!({"kind": workspace.kind});
    write::noting(work, (&call, &grant), workspace, status, detail).await
}

/// What a new project needs at its hub, as the cloud service names it.
const JOIN: &str = "Microsoft.MachineLearningServices/workspaces/hubs/join/action";

struct Spec {
    location: Option<Region>,
    kind: Option<&'static str>,
    friendly_name: Option<String>,
    description: Option<String>,
    hub: Option<ResourceId>,
    public_network_access: Option<&'static str>,
    tags: Option<Map<String, Value>>,
    sku: Option<Value>,
    identity: Option<Value>,
    kept: Map<String, Value>,
}

impl Spec {
    fn read(body: &Document) -> Result<Self, Problem> {
        let text = |path: &str| Ok::<_, Problem>(body.text(path)?.map(str::to_owned));
        Ok(Self {
            location: body
                .text("location")?
                .filter(|text| !text.is_empty())
                .map(str::parse)
                .transpose()?,
            kind: body.choice("kind", &["Default", "Hub", "Project", "FeatureStore"])?,
            friendly_name: text("properties.friendlyName")?,
            description: text("properties.description")?,
            hub: body
                .text("properties.hubResourceId")?
                .filter(|text| !text.is_empty())
                .map(hub_id)
                .transpose()?,
            public_network_access: body.choice("properties.publicNetworkAccess", &["Enabled", "Disabled"])?,
            tags: body.tags()?,
            sku: body.kept("sku")?,
            identity: identity(body)?,
            kept: kept(body)?,
        })
    }
}

fn hub_id(text: &str) -> Result<ResourceId, Problem> {
    ResourceId::parse(text).filter(|id| id.resource_type().eq_ignore_ascii_case(WORKSPACE)).ok_or_else(|| {
        wrong_hub(format!(
            "'{}' is not the id of a workspace: use /subscriptions/ID/resourceGroups/GROUP/providers/{WORKSPACE}/HUB.",
            printable(text)
        ))
    })
}

fn wrong_hub(why: String) -> Problem {
    Problem::user(why, &["BadArgument", "InvalidHubResourceId"]).target("properties.hubResourceId")
}

async fn find_hub(work: &mut UnitOfWork, spec: &Spec) -> Result<Option<Resource>, Problem> {
    let Some(id) = &spec.hub else { return Ok(None) };
    let found = work.resources().find(id).await?;
    match found {
        Some(hub) if hub.kind.as_deref() == Some("Hub") => Ok(Some(hub)),
        Some(_) => Err(wrong_hub(format!("The workspace '{}' is not a hub.", id.name()))),
        None => Err(wrong_hub(format!(
            "The hub '{}' was not found. Create it first.",
            id.name()
        ))),
    }
}

fn created(
    call: &Call,
    grant: &Granted,
    group: &ResourceId,
    name: &WorkspaceName,
    spec: &Spec,
    hub: Option<&Resource>,
) -> Result<Resource, Problem> {
    let location = spec.location.clone().ok_or_else(|| {
        Problem::new(
            Code::LocationRequired,
            "The location property is required for this definition. Use a region, such as eastus2.",
        )
        .target("location")
    })?;
    let kind = spec.kind.unwrap_or("Default");
    match (kind, hub) {
        ("Project", Some(hub)) if hub.location.as_deref() != Some(location.as_str()) => {
            return Err(Problem::user(
                format!(
                    "A project is in the region of its hub: '{}' is in {}.",
                    hub.id.name(),
                    hub.location.as_deref().unwrap_or_default()
                ),
                &["BadArgument", "LocationMismatch"],
            )
            .target("location"));
        }
        ("Default" | "Hub" | "FeatureStore", Some(_)) => {
            return Err(wrong_hub(format!(
                "A workspace of kind {kind} has no hub; use kind Project."
            )));
        }
        _ => {}
    }
    let mut properties = new_properties(name.as_str(), &call.new_id());
    properties.hub_resource_id = hub.map(|hub| hub.id.to_string());
    apply(&mut properties, spec);
    let stamp = call.stamp(grant);
    Ok(Resource {
        kind: Some(kind.to_owned()),
        location: Some(location.to_string()),
        tags: spec.tags.clone().unwrap_or_default(),
        sku: Some(
            spec.sku
                .clone()
                .unwrap_or_else(|| json!({"name": "Basic", "tier": "Basic"})),
        ),
        identity: spec.identity.clone(),
        properties: json!(properties),
        ..Resource::new(
            group.resource(crate::kinds::ML, "workspaces", name.as_str()),
            stamp,
        )
    })
}

/// The properties of a new workspace.
pub(crate) fn new_properties(name: &str, workspace_id: &str) -> WorkspaceProperties {
    WorkspaceProperties {
        friendly_name: name.to_owned(),
        description: String::new(),
        workspace_id: workspace_id.to_owned(),
        hub_resource_id: None,
        public_network_access: "Enabled".to_owned(),
        rest: Map::new(),
    }
}

fn changed(mut workspace: Resource, spec: &Spec) -> Result<Resource, Problem> {
    let place = workspace.location.as_deref().unwrap_or_default();
    if let Some(location) = &spec.location
        && location.as_str() != place
    {
        return Err(Problem::new(
            Code::InvalidResourceLocation,
            format!("The workspace is in {place} already and cannot move to {location}."),
        )
        .target("location"));
    }
    if let (Some(kind), Some(is)) = (spec.kind, workspace.kind.as_deref())
        && kind != is
    {
        return Err(Problem::user(
            format!("The workspace is of kind {is}, and the kind cannot change."),
            &["BadArgument", "KindCannotChange"],
        )
        .target("kind"));
    }
    let mut properties: WorkspaceProperties = owned::body(&workspace)?;
    if let Some(hub) = &spec.hub
        && !properties
            .hub_resource_id
            .as_deref()
            .is_some_and(|is| is.eq_ignore_ascii_case(&hub.to_string()))
    {
        return Err(wrong_hub("The hub of a project cannot change.".to_owned()));
    }
    apply(&mut properties, spec);
    workspace.properties = json!(properties);
    workspace.tags = spec.tags.clone().unwrap_or(workspace.tags);
    workspace.sku = spec.sku.clone().or(workspace.sku);
    workspace.identity = spec.identity.clone().or(workspace.identity);
    Ok(workspace)
}

fn apply(properties: &mut WorkspaceProperties, spec: &Spec) {
    if let Some(name) = spec.friendly_name.as_ref().filter(|name| !name.is_empty()) {
        name.clone_into(&mut properties.friendly_name);
    }
    if let Some(description) = &spec.description {
        description.clone_into(&mut properties.description);
    }
    if let Some(access) = spec.public_network_access {
        access.clone_into(&mut properties.public_network_access);
    }
    properties.rest.extend(spec.kept.clone());
}
