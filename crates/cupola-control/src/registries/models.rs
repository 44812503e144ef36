//! The models of a registry, and their one version: the latest.

use super::{more, require};
use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use crate::paging::page_of_items;
use cupola_core::catalog::CatalogModel;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use cupola_wire::arm::registry::{model_container, model_version};
use serde_json::Value;

/// `GET …/registries/{registry}/models`
pub(super) async fn list(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let models = require(&call, call.param("registry"))?;
    let models = models.into_iter().filter(|_| wants_active(&call));
    Ok(answer::ok(&page_of_items(&call, models.map(container))))
}

/// `GET …/models/{model}`
pub(super) async fn get(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    Ok(answer::ok(&container(require_model(&call)?)))
}

/// `GET …/models/{model}/versions`: one, so that every order and every `$top` shows the latest.
pub(super) async fn versions(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let model = require_model(&call)?;
    let versions = Some(model).filter(|_| wants_active(&call));
    Ok(answer::ok(&page_of_items(&call, versions.map(shown))))
}

/// `GET …/models/{model}/versions/{version}`
pub(super) async fn version(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let (model, wanted) = (require_model(&call)?, call.param("version"));
    if wanted == model.version {
        return Ok(answer::ok(&shown(model)));
    }
    Err(Problem::new(
        Code::ResourceNotFound,
        format!(
            "The model {} has no version '{}' here; its latest is '{}'.",
            model.id,
            printable(wanted),
            model.version
        ),
    ))
}

// Nothing of a catalog is archived. Clients write the view in two ways, `ArchivedOnly` and `ListViewType.ARCHIVED_ONLY`.
fn wants_active(call: &Call) -> bool {
    let view = call.query.get("listViewType").unwrap_or_default();
    !view
        .replace('_', "")
        .to_ascii_lowercase()
        .ends_with("archivedonly")
}

fn require_model(call: &Call) -> Result<&CatalogModel, Problem> {
    let name = call.param("model");
    let registry = call.param("registry");
    require(call, registry)?
        .into_iter()
        .find(|model| model.id.model().eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            Problem::new(
                Code::ResourceNotFound,
                format!(
                    "The model '{}' was not found in the registry '{}'.",
                    printable(name),
                    printable(registry)
                ),
            )
        })
}

fn container(model: &CatalogModel) -> Value {
    model_container(
        &model.id.to_string(),
        model.id.model(),
        &model.version,
        &model.description,
        more(model),
    )
}

fn shown(model: &CatalogModel) -> Value {
    model_version(
        &model.id.to_string(),
        &model.version,
        &model.description,
        more(model),
    )
}
