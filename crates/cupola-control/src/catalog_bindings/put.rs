//! `PUT /providers/Cupola.Catalog/registries/{registry}/bindings/{model}`

use super::{model, model_file, properties, shown};
use crate::audit;
use crate::dispatch::{Call, Reply};
use crate::json::Document;
use cupola_backend::SimulatorSettings;
use cupola_core::catalog::Task;
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, ModelId, Problem, Secret};
use cupola_store::bindings::{Backend, Binding};
use http::{StatusCode, Uri};
use serde_json::Value;

// They are read again with every snapshot.
const SETTINGS_BYTES_MAX: usize = 64 << 10;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let model = model(&call)?;
    call.control.catalog().require(&model)?;
    let backend = read(&call.json()?, |key| {
        call.control.keyring().seal(key, call.control.entropy())
    })?;
    forecasts(&call, &model, &backend)?;
    let binding = Binding { model, backend };
    let mut work = call.control.store().begin().await?;
    let before = work.bindings().find(&binding.model).await?;
    work.bindings().put(&grant, &binding).await?;
    audit::change(
        &mut work,
        &call,
        &grant,
        "Succeeded",
        properties(&binding.backend),
    )
    .await?;
    work.save().await?;
    let status = if before.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(cupola_edge::json(status, &shown(&call.control, &binding)))
}

/// Statistics forecast and do nothing else; nothing else of ours forecasts.
fn forecasts(call: &Call, model: &ModelId, backend: &Backend) -> Result<(), Problem> {
    let task = call.control.catalog().find(model).map(|model| model.task);
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

fn read(body: &Document, seal: impl Fn(&Secret) -> String) -> Result<Backend, Problem> {
    let kind = body
        .choice(
            "properties.kind",
            &["engine", "upstream", "simulator", "forecaster"],
        )?
        .ok_or_else(|| {
            Problem::new(
                Code::InvalidRequestContent,
                "The field properties.kind is required: engine, upstream, simulator or forecaster.",
            )
            .target("properties.kind")
        })?;
    match kind {
        "engine" => {
            let path = body.required("properties.path", "a GGUF file or a directory with one")?;
            Ok(Backend::Engine {
                path: model_file::check(path)?.display().to_string(),
            })
        }
        "upstream" => {
            let url = body.required("properties.url", "the base URL of an OpenAI-compatible API")?;
            Ok(Backend::Upstream {
                url: upstream_url(url)?,
                model: body
                    .text("properties.model")?
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned),
                sealed_key: body
                    .text("properties.apiKey")?
                    .filter(|key| !key.is_empty())
                    .map(|key| seal(&Secret::new(key))),
                allow_private_network: body.truth("properties.allowPrivateNetwork")?.unwrap_or(false),
            })
        }
        "forecaster" => Ok(Backend::Forecaster),
        _ => simulator(body),
    }
}

fn simulator(body: &Document) -> Result<Backend, Problem> {
    let mut settings = body.object("properties.settings")?.cloned().unwrap_or_default();
    for (field, name) in [
        ("latencyMs", "latency_ms"),
        ("tokensPerSecond", "tokens_per_second"),
    ] {
        if let Some(number) = body.number(&format!("properties.{field}"))? {
            settings.insert(name.to_owned(), number.into());
        }
    }
    let refused = |why: String| {
        Problem::new(
            Code::InvalidRequestContent,
            format!(
                "The settings of the simulator cannot be used: {why}. docs/simulator.md has all of them."
            ),
        )
        .target("properties.settings")
    };
    let bytes = Value::Object(settings.clone()).to_string().len();
    if bytes > SETTINGS_BYTES_MAX {
        return Err(refused(format!(
            "they have {bytes} bytes; at most {SETTINGS_BYTES_MAX} are kept"
        )));
    }
    SimulatorSettings::read(&settings).map_err(|why| refused(printable(&why).to_string()))?;
    Ok(Backend::Simulator { settings })
}

// The form only. Where the name leads is checked at every connection, because names change their addresses.
fn upstream_url(text: &str) -> Result<String, Problem> {
    let refused = |why: &str| {
        Err(Problem::new(
            Code::InvalidRequestContent,
            format!(
                "The url '{}' {why}. Use one such as https://api.example.com/v1.",
                printable(&without_userinfo(text))
            ),
        )
        .target("properties.url"))
    };
    let Ok(uri) = text.parse::<Uri>() else {
        return refused("is not a URL");
    };
    let Some(authority) = uri.authority() else {
        return refused("names no host");
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return refused("is neither http nor https");
    }
    if authority.as_str().contains('@') {
        return refused("has a user or a password in it; give the key as apiKey");
    }
    if authority.host().is_empty() {
        return refused("names no host");
    }
    if uri.query().is_some() {
        return refused("has a query");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

// A password that somebody put there by mistake is not repeated.
fn without_userinfo(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://***@{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(url: &str, expected: Result<&str, &str>) {
        match (upstream_url(url), expected) {
            (Ok(found), Ok(wanted)) => assert_eq!(found, wanted),
            (Err(problem), Err(wanted)) => assert!(problem.message.contains(wanted), "{}", problem.message),
            (found, _) => panic!("{url}: {found:?}"),
        }
    }

    #[test]
    fn an_upstream_is_a_plain_http_url() {
        check("https://api.example.com/v1/", Ok("https://api.example.com/v1"));
        check("http://127.0.0.1:8000", Ok("http://127.0.0.1:8000"));
        check("ftp://x/", Err("neither http nor https"));
        check("file:///etc/passwd", Err(""));
        check("api.example.com", Err(""));
        check("/v1", Err("names no host"));
        check("https://u:hunter2@x/", Err("***@x"));
        check("https://x/?a=b", Err("has a query"));
        check("https://x y/", Err("is not a URL"));
    }

    #[test]
    fn settings_of_the_simulator_are_checked_when_it_is_bound() {
        let bound = |properties: Value| {
            let document = Document::of(serde_json::json!({ "properties": properties }));
            read(&document, |_| String::new()).map_err(|problem| problem.message)
        };
        let settings = |text: &str| serde_json::from_str(text).expect("an object");
        assert_eq!(
            bound(
                serde_json::json!({ "kind": "simulator", "latencyMs": 5, "settings": { "latency_ms": 7, "directives": true } })
            ),
            Ok(Backend::Simulator {
                settings: settings(r#"{"latency_ms":5,"directives":true}"#)
            })
        );
        let refused =
            bound(serde_json::json!({ "kind": "simulator", "settings": { "rules": [{ "status": 99 }] } }));
        assert!(refused.is_err_and(|message| message.contains("rules[0].status must be from 400 to 599")));
        let long = "x".repeat(SETTINGS_BYTES_MAX);
        let refused =
            bound(serde_json::json!({ "kind": "simulator", "settings": { "rules": [{ "text": long }] } }));
        assert!(refused.is_err_and(|message| message.contains("at most 65536")));
    }

    proptest! {
        #[test]
        fn no_url_makes_reading_panic(text in "\\PC{0,60}") {
            let _ = upstream_url(&text);
        }
    }
}
