//! What a client says of a deployment.

use super::super::{steps, wrong};
use super::SKUS;
use crate::json::Document;
use cupola_core::catalog::{Catalog, CatalogModel};
use cupola_core::name::{fold, printable};
use cupola_core::{Code, Problem};
use cupola_wire::arm::cognitive::{DeploymentModel, DeploymentSku};
use serde_json::{Map, Value};

// What is read by itself, and what only the server says.
const KNOWN: [&str; 10] = [
    "model",
    "modelId",
    "raiPolicyName",
    "versionUpgradeOption",
    "provisioningState",
    "capabilities",
    "callRateLimit",
    "rateLimits",
    "currentCapacity",
    "deploymentState",
];

/// The parts of a body.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) format: String,
    pub(super) name: String,
    pub(super) version: Option<String>,
    model_rest: Map<String, Value>,
    pub(super) sku: DeploymentSku,
    pub(super) rai_policy_name: Option<String>,
    pub(super) version_upgrade_option: Option<&'static str>,
    pub(super) tags: Option<Map<String, Value>>,
    pub(super) rest: Map<String, Value>,
}

impl Spec {
    pub(super) fn read(body: &Document) -> Result<Self, Problem> {
        let text = |path: &str| {
            let text = body.text(path)?.filter(|text| !text.is_empty());
            Ok::<_, Problem>(text.map(str::to_owned))
        };
        let legacy = body.number("properties.scaleSettings.capacity")?;
        let mut model_rest = body.object("properties.model")?.cloned().unwrap_or_default();
        model_rest.retain(|name, value| {
            !value.is_null() && !["format", "name", "version", "callRateLimit"].contains(&name.as_str())
        });
        Ok(Self {
            format: body
                .required(
                    "properties.model.format",
                    "the family, such as OpenAI, Meta or Cupola",
                )?
                .to_owned(),
            name: body
                .required("properties.model.name", "the name of a model of the catalog")?
                .to_owned(),
            version: text("properties.model.version")?,
            model_rest,
            sku: sku(body)?.unwrap_or(DeploymentSku {
                name: "Standard".to_owned(),
                capacity: legacy.filter(|capacity| *capacity > 0).unwrap_or(1),
            }),
            rai_policy_name: text("properties.raiPolicyName")?,
            version_upgrade_option: body.choice(
                "properties.versionUpgradeOption",
                &[
                    "OnceNewDefaultVersionAvailable",
                    "OnceCurrentVersionExpired",
                    "NoAutoUpgrade",
                ],
            )?,
            tags: body.tags()?,
            rest: steps::rest(body, &KNOWN)?,
        })
    }

    /// The model with the casing of the catalog. A version is kept as it was asked for: it is a wish about the one that
    /// the backend has. Strict fidelity takes none but the catalog's.
    pub(super) fn model(&self, model: &CatalogModel, strict: bool) -> Result<DeploymentModel, Problem> {
        let version = self.version.clone().unwrap_or_else(|| model.version.clone());
        if strict && !version.eq_ignore_ascii_case(&model.version) {
            return Err(unsupported(
                self,
                &format!("The version of {} here is {}.", model.id.model(), model.version),
            ));
        }
        Ok(DeploymentModel {
            format: model.format().to_owned(),
            name: model.id.model().to_owned(),
            version,
            rest: self.model_rest.clone(),
        })
    }

    /// The catalog's model, or the refusal with what was probably meant.
    pub(super) fn find<'a>(&self, catalog: &'a Catalog) -> Result<&'a CatalogModel, Problem> {
        catalog.by_format(&self.format, &self.name).ok_or_else(|| {
            let wanted = fold(&self.name);
            let near = |model: &&CatalogModel| {
                let known = fold(model.id.model());
                known.contains(&wanted) || wanted.contains(&known)
            };
            let near: Vec<String> = catalog
                .models()
                .iter()
                .filter(near)
                .take(3)
                .map(|model| format!("'{}' of format '{}'", model.id.model(), model.format()))
                .collect();
            let hint = if near.is_empty() {
                "'az cognitiveservices account list-models' lists the models there are.".to_owned()
            } else {
                format!("Did you mean {}?", near.join(" or "))
            };
            unsupported(self, &hint)
        })
    }
}

fn unsupported(spec: &Spec, hint: &str) -> Problem {
    Problem::new(
        Code::DeploymentModelNotSupported,
        format!(
            "The model 'Format: {}, Name: {}, Version: {}' of account deployment is not supported. {hint}",
            printable(&spec.format),
            printable(&spec.name),
            printable(spec.version.as_deref().unwrap_or_default()),
        ),
    )
    .target("properties.model")
}

/// `sku`, where one is given.
pub(super) fn sku(body: &Document) -> Result<Option<DeploymentSku>, Problem> {
    let capacity = capacity(body)?;
    if capacity == Some(0) {
        return Err(wrong(
            "sku.capacity",
            "The capacity of a deployment is at least 1: a thousand tokens a minute.",
        ));
    }
    let Some(given) = body.text("sku.name")?.filter(|name| !name.is_empty()) else {
        return Ok(capacity.map(|capacity| DeploymentSku {
            name: "Standard".to_owned(),
            capacity,
        }));
    };
    let Some(name) = SKUS.iter().find(|known| known.eq_ignore_ascii_case(given)) else {
        return Err(Problem::new(
            Code::InvalidSkuId,
            format!(
                "The sku '{}' cannot be deployed here: batches and provisioned units are not served. Use {}.",
                printable(given),
                SKUS.join(" or ")
            ),
        )
        .target("sku.name"));
    };
    Ok(Some(DeploymentSku {
        name: (*name).to_owned(),
        capacity: capacity.unwrap_or(1),
    }))
}

// `az` sends the number as text.
fn capacity(body: &Document) -> Result<Option<u32>, Problem> {
    let path = "sku.capacity";
    let Some(Value::String(text)) = body.get(path) else {
        return body.number(path);
    };
    text.parse().map(Some).map_err(|_| {
        wrong(
            path,
            format!(
                "The field {path} must be a whole number from 0 to 4294967295, not '{}'.",
                printable(text)
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(body: Value, expected: Result<(&str, u32), &str>) {
        let model = json!({"format": "Cupola", "name": "tiny-chat", "version": "1"});
        let mut whole = json!({"properties": {"model": model}});
        if let (Some(whole), Some(body)) = (whole.as_object_mut(), body.as_object()) {
            whole.extend(body.clone());
        }
        let found = Spec::read(&Document::of(whole));
        match (&found, expected) {
            (Ok(found), Ok(sku)) => assert_eq!((found.sku.name.as_str(), found.sku.capacity), sku),
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, expected) => panic!("{body}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_sku_has_a_name_and_a_capacity() {
        check(json!({}), Ok(("Standard", 1)));
        check(
            json!({"sku": {"name": "globalstandard", "capacity": 10}}),
            Ok(("GlobalStandard", 10)),
        );
        check(
            json!({"sku": {"name": "Standard", "capacity": null}}),
            Ok(("Standard", 1)),
        );
        check(json!({"sku": {"capacity": 3}}), Ok(("Standard", 3)));
        check(json!({"sku": {"name": "GlobalBatch"}}), Err("GlobalStandard or"));
        check(
            json!({"sku": {"name": "Standard", "capacity": 0}}),
            Err("at least 1"),
        );
        check(
            json!({"sku": {"name": "Standard", "capacity": "20"}}),
            Ok(("Standard", 20)),
        );
        check(
            json!({"sku": {"name": "Standard", "capacity": "many"}}),
            Err("not 'many'"),
        );
        check(
            json!({"sku": {"name": "Standard", "capacity": -1}}),
            Err("whole number"),
        );
        check(
            json!({"properties": {}}),
            Err("properties.model.format is required"),
        );
    }
}
