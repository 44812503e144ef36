//! What is remembered of a run, and how clients read it.

use crate::dispatch::inward::Source;
use cupola_core::Timestamp;
use cupola_core::time::iso8601;
use cupola_store::StoreError;
use cupola_store::deployments::Deployment;
use cupola_template::{Mode, Plan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Everything of a run but its state. It has no secrets: values of secure types are never in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Document {
    /// `Incremental` or `Complete`.
    pub(crate) mode: String,
    /// Of a deployment into a subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    #[serde(default)]
    pub(crate) tags: Map<String, Value>,
    pub(crate) correlation: String,
    /// Links in what it does lead there.
    pub(crate) origin: String,
    /// From where it was asked for.
    #[serde(default)]
    pub(crate) source: Source,
    pub(crate) template_hash: String,
    pub(crate) started_ms: i64,
    /// As they are shown.
    pub(crate) parameters: Value,
    pub(crate) providers: Value,
    pub(crate) dependencies: Value,
    /// Ids of what the template deploys.
    pub(crate) validated: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outputs: Option<Value>,
    /// Ids of what was deployed.
    #[serde(default)]
    pub(crate) output_resources: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_error: Option<OnError>,
}

/// What is deployed again when this fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OnError {
    /// `LastSuccessful` or `SpecificDeployment`.
    pub(crate) kind: String,
    /// Which; for `LastSuccessful` it is found when this fails.
    pub(crate) name: Option<String>,
    /// How that went.
    pub(crate) state: Option<String>,
    /// The operation of its run, once that has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<String>,
}

impl Document {
    pub(crate) fn of(deployment: &Deployment) -> Result<Self, StoreError> {
        Self::deserialize(&deployment.document).map_err(|error| {
            StoreError::Corrupt(format!(
                "the deployment '{}' cannot be read: {error}",
                deployment.id
            ))
        })
    }

    /// What a plan says about itself.
    pub(crate) fn planned(plan: &Plan, started: Timestamp) -> Self {
        Self {
            mode: mode_name(plan.known().mode).to_owned(),
            location: plan.known().location.clone(),
            tags: Map::new(),
            correlation: String::new(),
            origin: String::new(),
            source: Source::default(),
            template_hash: plan.template_hash.clone(),
            started_ms: started.as_millisecond(),
            parameters: plan.shown_parameters(),
            providers: plan.providers(),
            dependencies: plan.dependencies(),
            validated: deployed(plan).map(|planned| planned.id.clone()).collect(),
            outputs: None,
            output_resources: Vec::new(),
            error: None,
            on_error: None,
        }
    }
}

pub(crate) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Incremental => "Incremental",
        Mode::Complete => "Complete",
    }
}

/// The resources that a plan really deploys.
pub(crate) fn deployed(plan: &Plan) -> impl Iterator<Item = &cupola_template::Planned> {
    plan.resources
        .iter()
        .filter(|planned| !planned.existing && !planned.skipped)
}

/// A deployment as clients read it.
pub(crate) fn shown(deployment: &Deployment) -> Result<Value, StoreError> {
    let document = Document::of(deployment)?;
    let mut properties = properties(&document, &deployment.state, deployment.changed_at);
    if let Some(outputs) = &document.outputs {
        properties["outputs"] = outputs.clone();
        properties["outputResources"] = ids(&document.output_resources);
    }
    if let Some(error) = &document.error {
        properties["error"] = error.clone();
    }
    if let Some(on_error) = &document.on_error {
        properties["onErrorDeployment"] = json!({
            "type": on_error.kind,
            "deploymentName": on_error.name,
            "provisioningState": on_error.state.as_deref().unwrap_or("NotSpecified"),
        });
    }
    Ok(envelope(
        &deployment.id.to_string(),
        deployment.id.name(),
        &document,
        properties,
    ))
}

/// What a deployment would be, as `validate` answers.
pub(crate) fn validated(id: &str, name: &str, document: &Document, now: Timestamp) -> Value {
    let mut properties = properties(document, "Succeeded", now);
    properties["validatedResources"] = ids(&document.validated);
    envelope(id, name, document, properties)
}

fn envelope(id: &str, name: &str, document: &Document, properties: Value) -> Value {
    let mut shown = json!({"id": id, "name": name, "type": super::TYPE});
    if let Some(location) = &document.location {
        shown["location"] = location.as_str().into();
    }
    if !document.tags.is_empty() {
        shown["tags"] = document.tags.clone().into();
    }
    shown["properties"] = properties;
    shown
}

fn properties(document: &Document, state: &str, changed: Timestamp) -> Value {
    json!({
        "templateHash": document.template_hash,
        "parameters": document.parameters,
        "mode": document.mode,
        "provisioningState": state,
        "timestamp": iso8601(changed),
        "duration": duration(changed.as_millisecond() - document.started_ms),
        "correlationId": document.correlation,
        "providers": document.providers,
        "dependencies": document.dependencies,
    })
}

fn ids(all: &[String]) -> Value {
    all.iter().map(|id| json!({"id": id})).collect()
}

/// `PT1.5S`.
pub(crate) fn duration(ms: i64) -> String {
    let ms = ms.max(0);
    match ms % 1000 {
        0 => format!("PT{}S", ms / 1000),
        rest => format!("PT{}.{rest:03}S", ms / 1000)
            .replace("00S", "S")
            .replace("0S", "S"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_seconds() {
        for (ms, expected) in [
            (-5, "PT0S"),
            (0, "PT0S"),
            (1500, "PT1.5S"),
            (1050, "PT1.05S"),
            (1, "PT0.001S"),
            (10_000, "PT10S"),
            (100_120, "PT100.12S"),
        ] {
            assert_eq!(duration(ms), expected, "{ms}");
        }
    }
}
