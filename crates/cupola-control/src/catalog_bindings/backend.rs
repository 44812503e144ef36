//! One backend of a model: its properties read, checked, and shown again without its secrets.

use super::model_file;
use crate::json::Document;
use cupola_backend::{SimulatorSettings, UpstreamSettings};
use cupola_core::catalog::Task;
use cupola_core::name::printable;
use cupola_core::{Code, Operation, Problem, Secret};
use cupola_store::bindings::Backend;
use cupola_wire::Dialect;
use http::Uri;
use serde_json::{Map, Value, json};

// They are read again with every snapshot.
const SETTINGS_BYTES_MAX: usize = 64 << 10;

/// Reads the properties of one backend. `kept_key` is the key that it had before, if it still goes to the same server.
pub(super) fn read(
    body: &Document,
    task: Option<Task>,
    seal: impl Fn(&Secret) -> String,
    kept_key: impl Fn(&str) -> Option<String>,
) -> Result<Backend, Problem> {
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
        "upstream" => upstream(body, task, seal, kept_key),
        "forecaster" => Ok(Backend::Forecaster),
        _ => simulator(body),
    }
}

fn upstream(
    body: &Document,
    task: Option<Task>,
    seal: impl Fn(&Secret) -> String,
    kept_key: impl Fn(&str) -> Option<String>,
) -> Result<Backend, Problem> {
    let url = upstream_url(body.required("properties.url", "the base URL of an inference API")?)?;
    let dialect = body.choice("properties.dialect", &Dialect::ALL.map(Dialect::as_str))?;
    let spoken = dialect.and_then(Dialect::parse).unwrap_or_default();
    if let Some(task) = task {
        speaks(spoken, task)?;
    }
    let text = |path: &str| -> Result<Option<String>, Problem> {
        let text = body.text(path)?.filter(|text| !text.is_empty());
        Ok(text.map(str::to_owned))
    };
    let settings = UpstreamSettings {
        url,
        dialect: spoken,
        model: text("properties.model")?.unwrap_or_default(),
        api_version: text("properties.apiVersion")?,
        allow_private_network: body.truth("properties.allowPrivateNetwork")?.unwrap_or(false),
    };
    settings.check().map_err(|why| {
        Problem::new(
            Code::InvalidRequestContent,
            format!("The upstream cannot be used: {why}."),
        )
        .target("properties.url")
    })?;
    // An empty key takes the key away.
    let sealed_key = match body.text("properties.apiKey")? {
        None => kept_key(&settings.url),
        Some("") => None,
        Some(key) => Some(seal(&Secret::new(key))),
    };
    Ok(Backend::Upstream {
        url: settings.url,
        dialect: dialect.map(str::to_owned),
        api_version: settings.api_version,
        model: Some(settings.model).filter(|model| !model.is_empty()),
        sealed_key,
        allow_private_network: settings.allow_private_network,
    })
}

/// A server that has no way to do what the model is for would refuse every request.
fn speaks(dialect: Dialect, task: Task) -> Result<(), Problem> {
    let says = |operation: &Operation| operation.fits(task) && dialect.speaks(*operation);
    if Operation::ALL.iter().any(says) || task == Task::Forecasting {
        return Ok(());
    }
    let fitting = Dialect::ALL.into_iter().filter(|dialect| {
        let mut operations = Operation::ALL.iter();
        operations.any(|operation| operation.fits(task) && dialect.speaks(*operation))
    });
    let fitting: Vec<&str> = fitting.map(Dialect::as_str).collect();
    Err(Problem::new(
        Code::InvalidRequestContent,
        format!(
            "Servers of the dialect {} have no way to do what the model is for, {}: use {}.",
            dialect.as_str(),
            task.as_str(),
            fitting.join(" or ")
        ),
    )
    .target("properties.dialect"))
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

// The two settings that have flags of their own stand beside the others, as they always did.
fn simulated(settings: &Map<String, Value>) -> Value {
    let mut rest = settings.clone();
    let mut own = |name: &str| rest.shift_remove(name).unwrap_or_else(|| 0.into());
    let (latency, rate) = (own("latency_ms"), own("tokens_per_second"));
    let mut shown = json!({ "kind": "simulator", "latencyMs": latency, "tokensPerSecond": rate });
    if !rest.is_empty() {
        shown["settings"] = Value::Object(rest);
    }
    shown
}

/// A backend without its secrets.
pub(super) fn properties(backend: &Backend) -> Value {
    match backend {
        Backend::Engine { path } => json!({"kind": "engine", "path": path}),
        Backend::Upstream {
            url,
            dialect,
            api_version,
            model,
            sealed_key,
            allow_private_network,
        } => {
            let mut shown = json!({
                "kind": "upstream",
                "url": url,
                "model": model,
                "hasApiKey": sealed_key.is_some(),
                "allowPrivateNetwork": allow_private_network,
            });
            for (field, value) in [("dialect", dialect), ("apiVersion", api_version)] {
                if let Some(value) = value {
                    shown[field] = value.as_str().into();
                }
            }
            shown
        }
        Backend::Simulator { settings } => simulated(settings),
        Backend::Forecaster => json!({"kind": "forecaster"}),
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
            read(&document, None, |_| String::new(), |_| None).map_err(|problem| problem.message)
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

    #[test]
    fn an_upstream_is_checked_when_it_is_bound() {
        let bound = |task, properties: Value| {
            let mut properties = properties;
            properties["kind"] = "upstream".into();
            let document = Document::of(json!({ "properties": properties }));
            read(
                &document,
                task,
                |_| "sealed".to_owned(),
                |_| Some("kept".to_owned()),
            )
            .map_err(|problem| problem.message)
        };
        let refused = |task, properties: Value, expected: &str| {
            let found = bound(task, properties);
            assert!(
                found.as_ref().is_err_and(|message| message.contains(expected)),
                "{found:?}"
            );
        };
        let chat = Some(Task::ChatCompletion);
        let url = "https://h";
        refused(
            chat,
            json!({"url": url, "dialect": "klingon"}),
            "openai or azure-openai or",
        );
        refused(
            chat,
            json!({"url": url, "dialect": "azure-openai", "apiVersion": "a&b"}),
            "api-version",
        );
        refused(
            Some(Task::Embedding),
            json!({"url": url, "dialect": "anthropic"}),
            "use openai or azure-openai or model-inference or cohere",
        );
        for dialect in Dialect::ALL.map(Dialect::as_str) {
            let inside = json!({"url": "http://169.254.169.254/", "dialect": dialect});
            refused(chat, inside, "private address");
            refused(
                chat,
                json!({"url": "http://[::1]/v1", "dialect": dialect}),
                "--allow-private-network",
            );
        }
        let key = |properties: Value| match bound(chat, properties) {
            Ok(Backend::Upstream { sealed_key, .. }) => sealed_key,
            found => panic!("{found:?}"),
        };
        assert_eq!(key(json!({"url": url})).as_deref(), Some("kept"));
        assert_eq!(key(json!({"url": url, "apiKey": "k"})).as_deref(), Some("sealed"));
        assert_eq!(key(json!({"url": url, "apiKey": ""})), None);
    }
}
