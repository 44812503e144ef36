//! One backend among several of a model.

use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;

// What the server calls a backend that was bound without a name.
const DEFAULT_NAME: &str = "default";

/// How much is asked of it, beside the others.
#[derive(Debug, Default, Args)]
pub(super) struct Member {
    /// Bind it beside what serves the model already, or instead of the backend of that name.
    #[arg(long, requires = "name")]
    add: bool,
    /// Take back the backend of this name; the others go on.
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["add", "name", "weight", "priority", "concurrency", "queue", "connect_timeout_ms", "first_byte_timeout_ms", "idle_timeout_ms"]
    )]
    pub(super) remove: Option<String>,
    /// Its name among the backends of the model.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// How many requests it gets compared with others of its priority; default: 1.
    #[arg(long, value_name = "N")]
    weight: Option<u32>,
    /// Who comes first, the lowest: the next is asked when nobody before it can answer; default: 0.
    #[arg(long, value_name = "N")]
    priority: Option<u32>,
    /// Requests that it gets at once; default: no bound.
    #[arg(long, value_name = "N")]
    concurrency: Option<u32>,
    /// Requests that may wait where there is a bound; default: 16.
    #[arg(long, value_name = "N")]
    queue: Option<u32>,
    /// How long connecting may take.
    #[arg(long, value_name = "N")]
    connect_timeout_ms: Option<u32>,
    /// How long it may take until its answer begins.
    #[arg(long, value_name = "N")]
    first_byte_timeout_ms: Option<u32>,
    /// How long it may be silent within an answer.
    #[arg(long, value_name = "N")]
    idle_timeout_ms: Option<u32>,
}

impl Member {
    /// Is more said than what a model's only backend needs?
    pub(super) fn is_one_of_several(&self) -> bool {
        self.add || self.remove.is_some() || self.name.is_some() || self.numbers().next().is_some()
    }

    fn numbers(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let numbers = [
            ("weight", self.weight),
            ("priority", self.priority),
            ("concurrencyMax", self.concurrency),
            ("queueMax", self.queue),
            ("connectTimeoutMs", self.connect_timeout_ms),
            ("firstByteTimeoutMs", self.first_byte_timeout_ms),
            ("idleTimeoutMs", self.idle_timeout_ms),
        ];
        numbers
            .into_iter()
            .filter_map(|(field, number)| Some((field, number?)))
    }

    /// The properties of the whole binding: `own` is this backend, `before` what was bound.
    pub(super) fn among(&self, before: Option<&Value>, own: Value) -> Result<Value, Failure> {
        let mut backends = before
            .map(|bound| listed(&bound["properties"]))
            .unwrap_or_default();
        if let Some(name) = &self.remove {
            return without(backends, name);
        }
        let name = self.name.as_deref().unwrap_or(DEFAULT_NAME);
        let mut mine = json!({ "name": name });
        for (field, number) in self.numbers() {
            mine[field] = number.into();
        }
        if let Value::Object(fields) = own {
            for (field, value) in fields {
                mine[field] = value;
            }
        }
        if !self.add {
            backends.clear();
        }
        match backends.iter_mut().find(|backend| backend["name"] == name) {
            Some(same) => *same = mine,
            None => backends.push(mine),
        }
        Ok(json!({ "backends": backends }))
    }
}

/// What is bound, as a list. Keys are not shown; the server keeps that of a backend whose name and server stay.
fn listed(properties: &Value) -> Vec<Value> {
    let mut backends = match properties["backends"].as_array() {
        Some(backends) => backends.clone(),
        None => {
            let mut only = properties.clone();
            only["name"] = DEFAULT_NAME.into();
            vec![only]
        }
    };
    for backend in &mut backends {
        if let Some(fields) = backend.as_object_mut() {
            fields.shift_remove("hasApiKey");
        }
    }
    backends
}

fn without(mut backends: Vec<Value>, name: &str) -> Result<Value, Failure> {
    let count = backends.len();
    let names: Vec<&str> = backends
        .iter()
        .filter_map(|backend| backend["name"].as_str())
        .collect();
    if !names.contains(&name) {
        return Err(Failure::not_found(format!(
            "The model has no backend with the name '{name}'; it has: {}",
            names.join(", ")
        )));
    }
    if count == 1 {
        return Err(Failure::usage(format!("'{name}' is the model's only backend"))
            .hint("cupola catalog unbind, or cupola catalog bind with another backend"));
    }
    backends.retain(|backend| backend["name"] != name);
    Ok(json!({ "backends": backends }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Member {
        Member {
            name: Some(name.to_owned()),
            add: true,
            ..Member::default()
        }
    }

    fn one() -> Value {
        json!({"properties": {"kind": "upstream", "url": "https://a", "hasApiKey": true}})
    }

    #[test]
    fn a_second_backend_stands_beside_the_first() {
        let member = Member {
            weight: Some(3),
            ..named("b2")
        };
        let both = member
            .among(Some(&one()), json!({"kind": "simulator"}))
            .expect("fine");
        assert_eq!(
            both.to_string(),
            r#"{"backends":[{"kind":"upstream","url":"https://a","name":"default"},{"name":"b2","weight":3,"kind":"simulator"}]}"#
        );
        let bound = json!({ "properties": both });
        let again = named("b2")
            .among(Some(&bound), json!({"kind": "engine"}))
            .expect("fine");
        assert_eq!(again["backends"][1], json!({"name": "b2", "kind": "engine"}));
        let removed = Member {
            remove: Some("default".to_owned()),
            ..Member::default()
        };
        let left = removed.among(Some(&bound), Value::Null).expect("fine");
        assert_eq!(left["backends"].as_array().map(Vec::len), Some(1));
        assert_eq!(left["backends"][0]["name"], "b2");
    }

    #[test]
    fn without_add_it_stands_alone() {
        let member = Member {
            priority: Some(1),
            ..Member::default()
        };
        let alone = member
            .among(Some(&one()), json!({"kind": "simulator"}))
            .expect("fine");
        assert_eq!(
            alone.to_string(),
            r#"{"backends":[{"name":"default","priority":1,"kind":"simulator"}]}"#
        );
        assert!(!Member::default().is_one_of_several());
    }

    #[test]
    fn what_is_not_there_and_what_is_alone_is_not_removed() {
        let remove = |name: &str| {
            let member = Member {
                remove: Some(name.to_owned()),
                ..Member::default()
            };
            member
                .among(Some(&one()), Value::Null)
                .expect_err("fails")
                .message
        };
        assert_eq!(
            remove("b"),
            "The model has no backend with the name 'b'; it has: default"
        );
        assert_eq!(remove("default"), "'default' is the model's only backend");
    }
}
