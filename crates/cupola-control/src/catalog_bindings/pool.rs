//! What a model is bound to: one backend, or several with names, weights and priorities.

use super::backend;
use crate::json::Document;
use cupola_backend::MEMBERS_MAX;
use cupola_core::catalog::Task;
use cupola_core::name::printable;
use cupola_core::{Code, ModelId, Problem, Secret};
use cupola_store::bindings::{Backend, Binding, DEFAULT_MEMBER, Member, Share};
use http::Uri;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

const NAME_LENGTH_MAX: usize = 40;
const WEIGHTS: RangeInclusive<u32> = 1..=1000;
const PRIORITIES: RangeInclusive<u32> = 0..=100;
const CONCURRENCIES: RangeInclusive<u32> = 1..=100_000;
const QUEUES: RangeInclusive<u32> = 0..=10_000;
const TIMEOUTS_MS: RangeInclusive<u32> = 1..=3_600_000;

/// Reads `properties`, or each of `properties.backends`.
pub(super) fn read(
    body: &Document,
    model: &ModelId,
    task: Option<Task>,
    before: Option<&Binding>,
    seal: impl Fn(&Secret) -> String,
) -> Result<Vec<Member>, Problem> {
    let members = match body.get("properties.backends") {
        // By itself a backend is replaced whole, its key too.
        None => vec![member(body, Some(DEFAULT_MEMBER), task, None, seal)?],
        Some(list) => several(list, task, before, seal)?,
    };
    for member in &members {
        forecasts(model, task, &member.backend)?;
    }
    Ok(members)
}

fn several(
    list: &Value,
    task: Option<Task>,
    before: Option<&Binding>,
    seal: impl Fn(&Secret) -> String,
) -> Result<Vec<Member>, Problem> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() || list.len() > MEMBERS_MAX {
        return Err(refused(format!(
            "properties.backends must be a list of 1 to {MEMBERS_MAX} backends."
        )));
    }
    let mut members: Vec<Member> = Vec::with_capacity(list.len());
    for (index, one) in list.iter().enumerate() {
        let document = Document::of(json!({ "properties": one }));
        let member =
            member(&document, None, task, before, &seal).map_err(|problem| within(problem, index))?;
        if members.iter().any(|other| other.name == member.name) {
            return Err(refused(format!(
                "Two backends have the name '{}': give each a name of its own.",
                member.name
            )));
        }
        members.push(member);
    }
    let engines = members
        .iter()
        .filter(|member| matches!(member.backend, Backend::Engine { .. }));
    if engines.count() > 1 {
        return Err(refused(
            "A model has one worker on this machine: leave one backend of the kind engine.".to_owned(),
        ));
    }
    Ok(members)
}

/// Reads one backend; `usual_name` is that of one that need not say it.
fn member(
    body: &Document,
    usual_name: Option<&str>,
    task: Option<Task>,
    before: Option<&Binding>,
    seal: impl Fn(&Secret) -> String,
) -> Result<Member, Problem> {
    let name = match (body.text("properties.name")?, usual_name) {
        (None, Some(usual)) => usual,
        _ => body.required("properties.name", "a name among the backends of the model")?,
    };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if name.len() > NAME_LENGTH_MAX || !name.chars().all(is_plain) {
        return Err(refused(format!(
            "The name '{}' of properties.name must have at most {NAME_LENGTH_MAX} letters, digits, '-', '_' and '.'.",
            printable(name)
        )));
    }
    let number = |field: &str, allowed: RangeInclusive<u32>| {
        let path = format!("properties.{field}");
        match body.number(&path)? {
            Some(number) if !allowed.contains(&number) => Err(refused(format!(
                "The value {number} of {path} must be from {} to {}.",
                allowed.start(),
                allowed.end()
            ))),
            number => Ok(number),
        }
    };
    let usual = Share::default();
    let share = Share {
        weight: number("weight", WEIGHTS)?.unwrap_or(usual.weight),
        priority: number("priority", PRIORITIES)?.unwrap_or(usual.priority),
        concurrency_max: number("concurrencyMax", CONCURRENCIES)?,
        queue_max: number("queueMax", QUEUES)?,
        connect_ms: number("connectTimeoutMs", TIMEOUTS_MS)?,
        first_byte_ms: number("firstByteTimeoutMs", TIMEOUTS_MS)?,
        idle_ms: number("idleTimeoutMs", TIMEOUTS_MS)?,
    };
    let backend = backend::read(body, task, seal, |url| kept_key(before, name, url))?;
    Ok(Member {
        name: name.to_owned(),
        share,
        backend,
    })
}

// A key stays with the server that it was given for: whoever may write a binding cannot have it sent elsewhere.
fn kept_key(before: Option<&Binding>, name: &str, url: &str) -> Option<String> {
    let known = before?.members.iter().find(|member| member.name == name)?;
    let Backend::Upstream {
        url: known_url,
        sealed_key,
        ..
    } = &known.backend
    else {
        return None;
    };
    let origin = |url: &str| {
        let uri: Uri = url.parse().ok()?;
        Some((uri.scheme()?.clone(), uri.authority()?.clone()))
    };
    (origin(url)? == origin(known_url)?)
        .then(|| sealed_key.clone())
        .flatten()
}

/// Statistics forecast and do nothing else; nothing else of ours forecasts.
fn forecasts(model: &ModelId, task: Option<Task>, backend: &Backend) -> Result<(), Problem> {
    let refused =
        |message: String| Err(Problem::new(Code::InvalidRequestContent, message).target("properties.kind"));
    match (task, backend) {
        (Some(Task::Forecasting), Backend::Forecaster) | (None, _) => Ok(()),
        (Some(Task::Forecasting), _) => refused(format!(
            "The model {model} forecasts; bind it to the forecaster: 'cupola catalog bind {model} --forecaster'."
        )),
        (Some(task), Backend::Forecaster) => refused(format!(
            "The forecaster serves models of the task forecasting; {model} is one for {}.",
            task.as_str()
        )),
        _ => Ok(()),
    }
}

/// Without secrets: one backend as it is, or all of them as `backends`.
pub(super) fn properties(binding: &Binding) -> Value {
    if let Some(only) = binding.only() {
        return backend::properties(only);
    }
    let members = binding.members.iter().map(|member| {
        let mut shown = json!({ "name": member.name });
        let share = &member.share;
        let numbers = [
            ("weight", Some(share.weight)),
            ("priority", Some(share.priority)),
            ("concurrencyMax", share.concurrency_max),
            ("queueMax", share.queue_max),
            ("connectTimeoutMs", share.connect_ms),
            ("firstByteTimeoutMs", share.first_byte_ms),
            ("idleTimeoutMs", share.idle_ms),
        ];
        for (field, number) in numbers {
            if let Some(number) = number {
                shown[field] = number.into();
            }
        }
        if let Value::Object(fields) = backend::properties(&member.backend) {
            for (field, value) in fields {
                shown[field] = value;
            }
        }
        shown
    });
    let members: Vec<Value> = members.collect();
    json!({ "kind": "pool", "backends": members })
}

fn refused(message: String) -> Problem {
    Problem::new(Code::InvalidRequestContent, message).target("properties.backends")
}

/// The same problem, found in one of several backends.
fn within(mut problem: Problem, index: usize) -> Problem {
    let there = format!("properties.backends[{index}].");
    problem.message = problem.message.replace("properties.", &there);
    problem.target = Some(match &problem.target {
        Some(target) if target.starts_with("properties.") && target != "properties.backends" => {
            target.replacen("properties.", &there, 1)
        }
        _ => there.trim_end_matches('.').to_owned(),
    });
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(before: Option<&Binding>, properties: Value) -> Result<Binding, String> {
        let model: ModelId = "azureml://registries/r/models/m".parse().expect("a model id");
        let document = Document::of(json!({ "properties": properties }));
        let seal = |key: &Secret| format!("sealed {}", key.expose());
        let members = read(&document, &model, Some(Task::ChatCompletion), before, seal)
            .map_err(|problem| format!("{}: {}", problem.target.unwrap_or_default(), problem.message))?;
        Ok(Binding { model, members })
    }

    fn upstream(name: &str, url: &str) -> Value {
        json!({ "name": name, "kind": "upstream", "url": url })
    }

    #[test]
    fn several_backends_are_read_and_shown_without_their_keys() {
        let mut a = upstream("a", "https://a/v1");
        a["apiKey"] = "hunter2".into();
        a["weight"] = 3.into();
        a["idleTimeoutMs"] = 500.into();
        let binding = bound(
            None,
            json!({ "backends": [a, { "name": "b", "kind": "simulator", "priority": 1 }] }),
        );
        let shown = properties(&binding.expect("fine")).to_string();
        assert_eq!(
            shown,
            r#"{"kind":"pool","backends":[{"name":"a","weight":3,"priority":0,"idleTimeoutMs":500,"kind":"upstream","url":"https://a/v1","model":null,"hasApiKey":true,"allowPrivateNetwork":false},{"name":"b","weight":1,"priority":1,"kind":"simulator","latencyMs":0,"tokensPerSecond":0}]}"#
        );
    }

    #[test]
    fn a_backend_by_itself_has_bounds_too_and_need_not_have_a_name() {
        let alone = |more: Value| {
            let mut backend = json!({ "kind": "simulator" });
            for (field, value) in more.as_object().expect("fields") {
                backend[field] = value.clone();
            }
            bound(None, backend)
        };
        assert!(alone(json!({})).expect("fine").only().is_some());
        let bounded = alone(json!({ "concurrencyMax": 2 })).expect("fine");
        let member = &bounded.members[0];
        assert_eq!(
            (&*member.name, member.share.concurrency_max),
            (DEFAULT_MEMBER, Some(2))
        );
        assert_eq!(alone(json!({ "name": "a" })).expect("fine").members[0].name, "a");
        for (wrong, expected) in [
            (json!({ "weight": 5000 }), "properties.weight"),
            (json!({ "name": "x y" }), "properties.name"),
        ] {
            let refused = alone(wrong).expect_err("refused");
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn a_key_stays_with_its_name_and_its_server() {
        let mut with_key = upstream("a", "https://a/v1");
        with_key["apiKey"] = "k".into();
        let before = bound(None, json!({ "backends": [with_key] })).expect("fine");
        let has_key = |backend: Value| {
            let after = bound(Some(&before), json!({ "backends": [backend] })).expect("fine");
            properties(&after)["backends"][0]["hasApiKey"].clone()
        };
        assert_eq!(has_key(upstream("a", "https://a/v2")), true);
        assert_eq!(has_key(upstream("b", "https://a/v1")), false);
        assert_eq!(has_key(upstream("a", "https://evil/v1")), false);
        assert_eq!(has_key(upstream("a", "http://a/v1")), false);
        // By itself, a backend is what was said of it and nothing else.
        let alone = bound(
            Some(&before),
            json!({ "kind": "upstream", "url": "https://a/v1" }),
        )
        .expect("fine");
        assert_eq!(properties(&alone)["hasApiKey"], false);
    }

    #[test]
    fn what_cannot_be_is_refused_where_it_stands() {
        let refused = |backends: Value, expected: &str| {
            let found = bound(None, json!({ "backends": backends }));
            assert!(
                found.as_ref().is_err_and(|message| message.contains(expected)),
                "{found:?}"
            );
        };
        refused(json!([]), "1 to 16");
        refused(json!("x"), "1 to 16");
        let fine = || upstream("a", "https://a");
        refused(json!([fine(), fine()]), "Two backends have the name 'a'");
        refused(
            json!([fine(), { "kind": "simulator" }]),
            "properties.backends[1].name is required",
        );
        refused(
            json!([upstream("a b", "https://a")]),
            "properties.backends[0]: The name 'a b'",
        );
        let mut heavy = fine();
        heavy["weight"] = 0.into();
        refused(
            json!([heavy]),
            "properties.backends[0].weight must be from 1 to 1000",
        );
        refused(
            json!([upstream("a", "gopher://x")]),
            "properties.backends[0].url: The url 'gopher://x'",
        );
        refused(json!([{ "name": "f", "kind": "forecaster" }]), "task forecasting");
    }
}
