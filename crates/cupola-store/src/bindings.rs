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
    /// Somebody's inference API.
    Upstream {
        /// The base URL; the path of each operation is appended.
        url: String,
        /// What it speaks, by the name of the dialect; `None`: as OpenAI does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dialect: Option<String>,
        /// The api-version to ask for, where not the dialect's usual one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_version: Option<String>,
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

/// A model and what serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Which model.
    pub model: ModelId,
    /// Its backends, each with a name of its own; at least one.
    pub members: Vec<Member>,
}

/// One of the backends of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name among them.
    pub name: String,
    /// How much is asked of it.
    #[serde(flatten)]
    pub share: Share,
    /// What infers.
    pub backend: Backend,
}

/// How much is asked of a backend beside others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Share {
    /// How many requests it gets compared with others of its priority.
    pub weight: u32,
    /// Who comes first: the lowest.
    pub priority: u32,
    /// Requests at once, if there is a bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_max: Option<u32>,
    /// How many may wait where there is a bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_max: Option<u32>,
    /// Until a connection stands, if not as long as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<u32>,
    /// Until the answer begins, if not as long as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<u32>,
    /// Between two pieces of the answer, if not as long as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<u32>,
}

/// The name of a backend that was bound without one.
pub const DEFAULT_MEMBER: &str = "default";

impl Default for Share {
    fn default() -> Self {
        Self {
            weight: 1,
            priority: 0,
            concurrency_max: None,
            queue_max: None,
            connect_ms: None,
            first_byte_ms: None,
            idle_ms: None,
        }
    }
}

impl Binding {
    /// A model with one backend.
    pub fn of(model: ModelId, backend: Backend) -> Self {
        let member = Member {
            name: DEFAULT_MEMBER.to_owned(),
            share: Share::default(),
            backend,
        };
        Self {
            model,
            members: vec![member],
        }
    }

    /// The one backend of a model that has no other, if nothing more was said of it.
    pub fn only(&self) -> Option<&Backend> {
        match &*self.members {
            [only] if only.name == DEFAULT_MEMBER && only.share == Share::default() => Some(&only.backend),
            _ => None,
        }
    }

    /// The path of the worker's model: a model has one worker at most.
    pub fn engine(&self) -> Option<&str> {
        self.members.iter().find_map(|member| match &member.backend {
            Backend::Engine { path } => Some(path.as_str()),
            _ => None,
        })
    }
}

/// One backend as it always was, or several.
#[derive(Serialize, Deserialize)]
struct Document {
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backend: Option<Backend>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    backends: Vec<Member>,
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
        let backend = binding.only().cloned();
        let document = Document {
            model: binding.model.to_string(),
            backends: match backend {
                Some(_) => Vec::new(),
                None => binding.members.clone(),
            },
            backend,
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
    let Document {
        model,
        backend,
        backends,
    } = serde_json::from_str(document)?;
    let model: ModelId = model
        .parse()
        .map_err(|_| StoreError::Corrupt(format!("'{model}' is no model id")))?;
    match backend {
        Some(backend) => Ok(Binding::of(model, backend)),
        None if backends.is_empty() => Err(StoreError::Corrupt(format!("{model} is bound to nothing"))),
        None => Ok(Binding {
            model,
            members: backends,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_bound_before_the_simulator_had_settings_is_still_read() {
        let document = r#"{"model":"azureml://registries/r/models/m","backend":{"kind":"simulator","latency_ms":5,"tokens_per_second":9}}"#;
        let binding = read(document).expect("a binding");
        let Some(Backend::Simulator { settings }) = binding.only() else {
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
        let written = serde_json::to_string(&binding.only()).expect("JSON");
        assert_eq!(
            written,
            r#"{"kind":"simulator","latency_ms":5,"tokens_per_second":9}"#
        );
    }

    #[test]
    fn several_backends_are_read_with_what_is_usual_where_nothing_is_said() {
        let document = r#"{"model":"azureml://registries/r/models/m","backends":[
            {"name":"a","backend":{"kind":"upstream","url":"https://a","dialect":"anthropic"}},
            {"name":"b","weight":3,"priority":1,"idle_ms":5,"backend":{"kind":"engine","path":"/m"}}]}"#;
        let binding = read(document).expect("a binding");
        let [a, b] = &*binding.members else {
            panic!("{binding:?}");
        };
        assert_eq!((&a.share, binding.only()), (&Share::default(), None));
        assert_eq!(
            (b.share.weight, b.share.priority, b.share.idle_ms),
            (3, 1, Some(5))
        );
        assert_eq!(binding.engine(), Some("/m"));
        let nothing = read(r#"{"model":"azureml://registries/r/models/m"}"#);
        assert!(nothing.is_err_and(|error| error.to_string().contains("bound to nothing")));
    }
}
