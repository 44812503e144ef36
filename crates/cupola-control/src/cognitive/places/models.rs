//! `GET …/locations/{location}/models`: what accounts of a region may deploy, and how a model is shown.

use super::super::accounts::KINDS;
use super::super::deployments::{CAPACITY_MAX, SKUS, rate_limits};
use crate::answer;
use crate::control::Control;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::catalog::{CatalogModel, Task};
use cupola_core::{Problem, Region};
use cupola_store::Reader;
use cupola_wire::arm::Page;
use serde_json::{Value, json};
use std::collections::HashSet;

pub(super) async fn list(call: Call, _view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    require_subscription(reader.resources(), call.param("subscription")).await?;
    let region: Region = call.param("location").parse()?;
    let models = deployable(&mut reader, &call.control, region.as_str()).await?;
    let mut items = Vec::new();
    for kind in KINDS {
        for model in models.iter().filter(|model| takes(&call.control, kind, model)) {
            items.push(json!({
                "kind": kind,
                "skuName": "S0",
                "model": shown(model),
                "description": model.description,
            }));
        }
    }
    Ok(answer::ok(&Page::whole(items)))
}

/// The models that are bound to a backend and offered in a region.
pub(in crate::cognitive) async fn deployable<'a>(
    reader: &mut Reader,
    control: &'a Control,
    region: &str,
) -> Result<Vec<&'a CatalogModel>, Problem> {
    let bindings = reader.bindings().list().await?;
    let bound: HashSet<String> = bindings.iter().map(|one| one.model.folded()).collect();
    let offered = |model: &&CatalogModel| {
        let regions = &model.deployment_regions;
        bound.contains(&model.id.folded())
            && (regions.is_empty() || regions.iter().any(|one| one.as_str() == region))
    };
    Ok(control.catalog().models().iter().filter(offered).collect())
}

/// Does an account of this kind take this model? The service's OpenAI accounts take its own format alone.
pub(in crate::cognitive) fn takes(control: &Control, kind: &str, model: &CatalogModel) -> bool {
    !control.strict() || !kind.eq_ignore_ascii_case("OpenAI") || model.format().eq_ignore_ascii_case("OpenAI")
}

/// A model as accounts list it. Nothing is fine-tuned here, so nothing is said of that.
pub(in crate::cognitive) fn shown(model: &CatalogModel) -> Value {
    let skus: Vec<Value> = SKUS
        .iter()
        .map(|sku| {
            json!({
                "name": sku,
                "usageName": usage_name(model.format(), sku, model.id.model()),
                "capacity": {"minimum": 1, "maximum": CAPACITY_MAX, "step": 1, "default": 10},
                "rateLimits": rate_limits(model.format(), 1),
            })
        })
        .collect();
    json!({
        "format": model.format(),
        "name": model.id.model(),
        "version": model.version,
        "isDefaultVersion": true,
        "maxCapacity": CAPACITY_MAX,
        "capabilities": capabilities(model),
        "lifecycleStatus": if model.preview { "Preview" } else { "GenerallyAvailable" },
        "modelCatalogAssetId": format!("{}/versions/{}", model.id, model.version),
        "skus": skus,
    })
}

/// Under which name the quota of a model is counted.
pub(super) fn usage_name(format: &str, sku: &str, model: &str) -> String {
    format!("{format}.{sku}.{model}")
}

/// What a model can do, in the texts that clients compare.
pub(in crate::cognitive) fn capabilities(model: &CatalogModel) -> Value {
    let task = match model.task {
        Task::ChatCompletion => "chatCompletion",
        Task::Completion => "completion",
        Task::Embedding => "embeddings",
        Task::Rerank => "rerank",
        Task::ImageGeneration => "imageGenerations",
        Task::Forecasting => "forecasting",
        Task::DocumentAnalysis => "documentAnalysis",
    };
    json!({"inference": "true", task: "true", "maxContextToken": model.context_tokens.to_string()})
}
