//! Which backend serves which model.

use crate::error::StoreError;
use cupola_core::ModelId;
use cupola_core::rbac::Granted;
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, SqliteConnection};

/// What really infers for a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Backend {
    /// A worker of ours on this file or directory.
    Engine {
        /// An absolute path.
        path: String,
    },
    /// Somebody's OpenAI-compatible API.
    Upstream {
        /// The base URL; `/chat/completions` is appended.
        url: String,
        /// The model's name there, if another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// The sealed key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed_key: Option<String>,
        /// May the URL lead to a private address?
        #[serde(default)]
        allow_private_network: bool,
    },
    /// Forecasts by statistics, in this very process.
    Forecaster,
    /// Deterministic answers, plainly labelled.
    Simulator {
        /// How it answers; `cupola_backend::SimulatorSettings` knows the fields and checks them when it is bound.
        #[serde(flatten)]
        settings: serde_json::Map<String, serde_json::Value>,
    },
}

/// A model and its backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Which model.
    pub model: ModelId,
    /// What serves it.
    pub backend: Backend,
}

#[derive(Serialize, Deserialize)]
struct Document {
    model: String,
    backend: Backend,
}

/// The table of bindings.
#[derive(Debug)]
pub struct Bindings<'a>(pub(crate) &'a mut SqliteConnection);

impl Bindings<'_> {
    /// The binding of a model.
    pub async fn find(&mut self, model: &ModelId) -> Result<Option<Binding>, StoreError> {
        sqlx::query("SELECT document FROM bindings WHERE model = $1")
            .bind(model.folded())
            .fetch_optional(&mut *self.0)
            .await?
            .map(|row| read(row.get(0)))
            .transpose()
    }

    /// Every binding, in the order of the model ids.
    pub async fn list(&mut self) -> Result<Vec<Binding>, StoreError> {
        let rows = sqlx::query("SELECT document FROM bindings ORDER BY model")
            .fetch_all(&mut *self.0)
            .await?;
        rows.into_iter().map(|row| read(row.get(0))).collect()
    }

    /// Binds a model, or binds it to something else.
    pub async fn put(&mut self, _grant: &Granted, binding: &Binding) -> Result<(), StoreError> {
        let document = Document {
            model: binding.model.to_string(),
            backend: binding.backend.clone(),
        };
        sqlx::query(
            "INSERT INTO bindings (model, document) VALUES ($1, $2) \
             ON CONFLICT (model) DO UPDATE SET document = excluded.document",
        )
        .bind(binding.model.folded())
        .bind(serde_json::to_string(&document)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Unbinds a model; false where it was not bound.
    pub async fn delete(&mut self, _grant: &Granted, model: &ModelId) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM bindings WHERE model = $1")
            .bind(model.folded())
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }
}

fn read(document: &str) -> Result<Binding, StoreError> {
    let Document { model, backend } = serde_json::from_str(document)?;
    let model = model
        .parse()
        .map_err(|_| StoreError::Corrupt(format!("'{model}' is no model id")))?;
    Ok(Binding { model, backend })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_bound_before_the_simulator_had_settings_is_still_read() {
        let document = r#"{"model":"azureml://registries/r/models/m","backend":{"kind":"simulator","latency_ms":5,"tokens_per_second":9}}"#;
        let binding = read(document).expect("a binding");
        let Backend::Simulator { settings } = &binding.backend else {
            panic!("{binding:?}");
        };
        assert_eq!(
            (
                &settings["latency_ms"],
                &settings["tokens_per_second"],
                settings.len()
            ),
            (&5.into(), &9.into(), 2)
        );
        let written = serde_json::to_string(&binding.backend).expect("JSON");
        assert_eq!(
            written,
            r#"{"kind":"simulator","latency_ms":5,"tokens_per_second":9}"#
        );
    }
}
