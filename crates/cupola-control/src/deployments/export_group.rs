//! `POST …/resourceGroups/{group}/exportTemplate`: a template of what is in a group, so that it can be deployed again.

use crate::answer;
use crate::cognitive;
use crate::dispatch::{Call, Caller, Reply};
use crate::jobs::deploy::API_VERSION;
use crate::kinds::{SAAS_RESOURCE, require_group};
use crate::owned;
use crate::show;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use cupola_store::Resource;
use cupola_store::resources::Below;
use serde_json::{Map, Value, json};

/// A template deploys at most this many resources.
const RESOURCES_MAX: usize = 800;

pub(super) async fn post(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let wanted = wanted(&call)?;
    let mut reader = call.control.store().reader().await?;
    let group = require_group(
        reader.resources(),
        call.param("subscription"),
        call.param("group"),
    )
    .await?;
    let caller = Caller::of(&mut reader, grant.principal().clone()).await?;
    let mut all = owned::all(&mut reader.resources(), Below::All(&group.id)).await?;
    // Whoever may export the group sees of it what they may read.
    all.retain(|resource| caller.may_read(&resource.id));
    let here: Vec<String> = all.iter().map(|resource| resource.id.folded()).collect();
    let resources: Vec<Value> = all
        .iter()
        .filter(|resource| wanted.is_empty() || wanted.contains(&resource.id.folded()))
        // It is made with its marketplace subscription, and cannot be put.
        .filter(|resource| !resource.id.resource_type().eq_ignore_ascii_case(SAAS_RESOURCE))
        .map(|resource| written(&call, resource, &here))
        .collect();
    if resources.len() > RESOURCES_MAX {
        return Err(Problem::new(
            Code::InvalidRequestContent,
            format!(
                "The template would have {} resources; at most {RESOURCES_MAX} can be deployed. Name those that you want in \
                 the field resources.",
                resources.len()
            ),
        )
        .target("resources"));
    }
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {},
        "variables": {},
        "resources": resources,
    });
    Ok(answer::ok(&json!({"template": template})))
}

// `resources` is a list of ids, or of the one text `*`.
fn wanted(call: &Call) -> Result<Vec<String>, Problem> {
    if call.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    let body = call.json()?;
    let ids = body
        .get("resources")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let ids: Vec<String> = ids
        .iter()
        .filter_map(Value::as_str)
        .map(|id| id.trim_end_matches('/').to_ascii_lowercase())
        .collect();
    Ok(if ids.iter().any(|id| id == "*") {
        Vec::new()
    } else {
        ids
    })
}

// What only the service writes is left out; the rest is what a PUT takes.
fn written(call: &Call, resource: &Resource, here: &[String]) -> Value {
    let shown = json!(show::envelope(&call.control, resource));
    let names: Vec<&str> = resource.id.path.iter().map(|(_, name)| name.as_str()).collect();
    let mut fields = Map::new();
    fields.insert("type".to_owned(), resource.id.resource_type().into());
    fields.insert("apiVersion".to_owned(), API_VERSION.into());
    fields.insert("name".to_owned(), escaped(names.join("/").into()));
    for name in ["kind", "location", "tags", "sku", "identity"] {
        let empty = shown[name].is_null() || shown[name].as_object().is_some_and(Map::is_empty);
        if !empty {
            fields.insert(name.to_owned(), escaped(shown[name].clone()));
        }
    }
    let depends: Vec<String> = resource
        .id
        .parent()
        .into_iter()
        .chain(cognitive::needs(resource))
        .filter(|other| here.contains(&other.folded()))
        .map(|other| other.to_string())
        .collect();
    if !depends.is_empty() {
        fields.insert("dependsOn".to_owned(), json!(depends));
    }
    let mut properties = resource.properties.clone();
    if let Some(properties) = properties.as_object_mut() {
        for name in READ_ONLY {
            properties.remove(*name);
        }
        if cognitive::is_of(&resource.id) {
            for name in cognitive::READ_ONLY {
                properties.shift_remove(*name);
            }
        }
        properties.retain(|_, value| !value.is_null());
    }
    fields.insert("properties".to_owned(), escaped(properties));
    Value::Object(fields)
}

const READ_ONLY: &[&str] = &[
    "provisioningState",
    "endpointState",
    "inferenceEndpoint",
    "marketplaceSubscriptionId",
    "marketplaceSubscriptionStatus",
    "marketplacePlan",
    "workspaceId",
    "tenantId",
    "discoveryUrl",
    "mlFlowTrackingUri",
];

// Text that looks like an expression must stay text.
fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => format!("[{text}").into(),
        Value::Array(items) => items.into_iter().map(escaped).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, escaped(value)))
            .collect(),
        other => other,
    }
}
