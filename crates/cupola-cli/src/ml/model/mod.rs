//! `cupola ml model`: what could be deployed.

mod list;
mod show;

use serde_json::Value;

use super::fields;
use crate::arm::Arm;
use crate::failure::Failure;
use crate::output::table::{Column, cell};
use crate::transport::segment;
use crate::verbs::verbs;

verbs! {
    /// List the models of a registry, or of every registry.
    List(list::List),
    /// Show a model.
    Show(show::Show),
}

const COLUMNS: &[Column] = &[
    Column {
        title: "Name",
        read: |row| cell(&row["name"]),
    },
    Column {
        title: "Registry",
        read: |row| cell(&row["registry"]),
    },
    Column {
        title: "Version",
        read: |row| cell(row.get("version").unwrap_or(&row["latest_version"])),
    },
    Column {
        title: "Task",
        read: |row| cell(&row["task"]),
    },
    Column {
        title: "Id",
        read: |row| cell(&row["id"]),
    },
];

// Registries answer in the shapes of 2021, below a path that only their discovery knows.
const REGISTRY_VERSION: &str = "2021-10-01-dataplanepreview";

/// The URL below which a registry keeps its models.
async fn registry(arm: &Arm, name: &str) -> Result<String, Failure> {
    let path = format!("/registrymanagement/v1.0/registries/{}/discovery", segment(name));
    let found = arm.get(&arm.url(&path, "v1.0")).await;
    let found = found.map_err(|failure| failure.hint_when_missing("cupola ml model list -o table"))?;
    let text = |key: &str| found[key].as_str().map(str::to_owned).unwrap_or_default();
    Ok(format!(
        "{}/mferp/managementfrontend/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/registries/{}/models",
        text("primaryRegionResourceProviderUri").trim_end_matches('/'),
        segment(&text("subscriptionId")),
        segment(&text("resourceGroup")),
        segment(&text("registryName")),
    ))
}

/// A model of the catalog, in the shape of the SDK's models.
fn from_catalog(model: &Value) -> Value {
    fields([
        ("description", model["description"].clone()),
        ("display_name", model["displayName"].clone()),
        ("id", model["id"].clone()),
        ("latest_version", model["version"].clone()),
        ("license", model["license"].clone()),
        ("name", model["name"].clone()),
        ("publisher", model["publisher"].clone()),
        ("registry", model["registry"].clone()),
        ("task", model["task"].clone()),
    ])
}

/// A model of a registry's list.
fn from_container(registry: &str, container: &Value) -> Value {
    let properties = &container["properties"];
    let name = cell(&container["name"]);
    fields([
        ("description", properties["description"].clone()),
        (
            "id",
            format!("azureml://registries/{registry}/models/{name}").into(),
        ),
        ("latest_version", properties["latestVersion"].clone()),
        ("name", name.into()),
        ("properties", properties["properties"].clone()),
        ("registry", registry.into()),
        ("tags", properties["tags"].clone()),
        ("task", task(properties)),
    ])
}

// Registries differ in where they say what a model is for.
fn task(properties: &Value) -> Value {
    let places = [&properties["properties"]["task"], &properties["tags"]["task"]];
    places
        .into_iter()
        .find(|place| place.is_string())
        .cloned()
        .unwrap_or_default()
}

/// One version of a model, as the SDK's schema dumps it.
fn from_version(registry: &str, name: &str, version: &Value) -> Value {
    let properties = &version["properties"];
    fields([
        ("description", properties["description"].clone()),
        ("flavors", properties["flavors"].clone()),
        ("id", version["id"].clone()),
        ("name", name.into()),
        ("path", properties["modelUri"].clone()),
        ("properties", properties["properties"].clone()),
        ("registry", registry.into()),
        ("stage", properties["stage"].clone()),
        ("tags", properties["tags"].clone()),
        ("task", task(properties)),
        ("type", properties["modelType"].clone()),
        ("version", version["name"].clone()),
    ])
}
