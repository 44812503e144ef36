//! `bind`: say what serves a model.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use http::Method;
use serde_json::{Value, json};

use super::engine_file::engine_path;
use super::member::Member;
use super::{LIST, ModelName, binding_url, resolve};
use crate::failure::{Exit, Failure};
use crate::output::Answer;
use crate::output::table::{Column, cell};
use crate::session::Session;
use crate::transport::Address;

const COLUMNS: &[Column] = &[
    Column {
        title: "Model",
        read: |row| cell(&row["name"]),
    },
    Column {
        title: "ServedBy",
        read: |row| super::served_by(&row["properties"]),
    },
];

// Conflicts and not requirements, because clap drops a requirement that the group already excludes.
/// The flags of `bind`.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("backend").required(true).args(["engine", "upstream", "simulator", "forecaster", "remove"]),
    after_help = "Examples:\n  \
    cupola catalog bind azureml://registries/cupola/models/tiny-chat --engine models/tiny-chat.gguf\n  \
    cupola catalog bind azureml-cohere/Cohere-command-r-08-2024 --upstream https://api.example.com/v1 --upstream-key-file key.txt\n  \
    cupola catalog bind azureml-cohere/Cohere-command-r-08-2024 --upstream http://127.0.0.1:8000/v1 --allow-private-network\n  \
    cupola catalog bind azureml-cohere/Cohere-command-r-08-2024 --upstream https://api.cohere.com --dialect cohere --upstream-key-file key.txt\n  \
    cupola catalog bind azureml-cohere/Cohere-command-r-08-2024 --add --name spare --priority 1 --upstream https://spare.example.com/v1\n  \
    cupola catalog bind azureml-cohere/Cohere-command-r-08-2024 --remove spare\n  \
    cupola catalog bind azureml-cohere/Cohere-command-r-08-2024 --simulator --latency-ms 200\n  \
    cupola catalog bind azureml-cohere/Cohere-command-r-08-2024 --simulator --simulator-settings faults.json"
)]
pub struct Bind {
    /// The model: its id, REGISTRY/MODEL, or its name if only one registry has it.
    model: String,
    /// A GGUF file, or a directory with one, for the embedded engine.
    #[arg(long, value_name = "FILE_OR_DIR")]
    engine: Option<PathBuf>,
    /// The base URL of an inference API.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// What the upstream speaks: openai (vLLM, llama.cpp, SGLang, Ollama and TGI too), azure-openai, model-inference,
    /// anthropic or cohere; default: openai.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["engine", "simulator", "forecaster"])]
    dialect: Option<String>,
    /// The api-version to ask the upstream for, if not the dialect's usual one.
    #[arg(long, value_name = "DATE", conflicts_with_all = ["engine", "simulator", "forecaster"])]
    api_version: Option<String>,
    /// What the upstream calls the model.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["engine", "simulator", "forecaster"])]
    upstream_model: Option<String>,
    /// File with the upstream's key; - reads stdin.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["engine", "simulator", "forecaster"])]
    upstream_key_file: Option<PathBuf>,
    /// Let the upstream be on this machine or on a private network.
    #[arg(long, conflicts_with_all = ["engine", "simulator", "forecaster"])]
    allow_private_network: bool,
    /// Forecasts by statistics, for models of the task forecasting.
    #[arg(long)]
    forecaster: bool,
    /// Made-up answers, for tests.
    #[arg(long)]
    simulator: bool,
    /// How long the simulator thinks before its first token.
    #[arg(long, value_name = "N", conflicts_with_all = ["engine", "upstream", "forecaster"])]
    latency_ms: Option<u32>,
    /// How fast the simulator talks.
    #[arg(long, value_name = "N", conflicts_with_all = ["engine", "upstream", "forecaster"])]
    tokens_per_second: Option<u32>,
    /// JSON file with the simulator's settings: times, faults, usage; - reads stdin. docs/simulator.md has all of them.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["engine", "upstream"])]
    simulator_settings: Option<PathBuf>,
    #[command(flatten)]
    member: Member,
}

impl Bind {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let name: ModelName = self.model.parse()?;
        let arm = session.connect()?;
        // Only a server on this machine sees the files that we see.
        let server_is_here = Address::parse(&arm.settings.url)?.origin.is_loopback();
        let own = match self.member.remove {
            Some(_) => Value::Null,
            None => self.properties(server_is_here)?,
        };
        let (registry, model) = resolve(&arm, &name).await?;
        let properties = if self.member.is_one_of_several() {
            let before = match arm.get(&binding_url(&arm, &registry, &model)).await {
                Ok(bound) => Some(bound),
                Err(failure) if matches!(failure.exit, Exit::NotFound) => None,
                Err(failure) => return Err(failure),
            };
            self.member.among(before.as_ref(), own)?
        } else {
            own
        };
        let progress = session.progress(&format!("Binding {registry}/{model}"));
        let url = binding_url(&arm, &registry, &model);
        let begun = arm
            .begin(Method::PUT, &url, Some(&json!({"properties": properties})))
            .await;
        let begun = begun.map_err(|failure| failure.hint_when_missing(LIST))?;
        let mut bound = arm.finish(begun, &progress).await?.unwrap_or_default();
        drop(progress);
        // A key is never shown, whatever the server sends back.
        without_keys(&mut bound["properties"]);
        session.suggest(&format!(
            "cupola ml serverless-endpoint create -n hello --set model_id=azureml://registries/{registry}/models/{model}"
        ));
        Ok(Answer::with_columns(bound, COLUMNS))
    }

    fn properties(&self, server_is_here: bool) -> Result<Value, Failure> {
        if let Some(path) = &self.engine {
            return Ok(json!({"kind": "engine", "path": engine_path(path, server_is_here)?}));
        }
        if let Some(url) = &self.upstream {
            return self.upstream_properties(url);
        }
        if self.forecaster {
            return Ok(json!({"kind": "forecaster"}));
        }
        let mut properties = json!({"kind": "simulator"});
        if let Some(path) = &self.simulator_settings {
            properties["settings"] = simulator_settings(path)?;
        }
        if let Some(latency_ms) = self.latency_ms {
            properties["latencyMs"] = latency_ms.into();
        }
        if let Some(tokens_per_second) = self.tokens_per_second {
            properties["tokensPerSecond"] = tokens_per_second.into();
        }
        Ok(properties)
    }

    fn upstream_properties(&self, url: &str) -> Result<Value, Failure> {
        let uri: Option<http::Uri> = url.parse().ok();
        let is_web =
            |uri: &http::Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
        if !uri.as_ref().is_some_and(is_web) {
            return Err(Failure::usage(format!("'{url}' is not the URL of an API"))
                .hint("--upstream https://api.example.com/v1"));
        }
        let mut properties = json!({"kind": "upstream", "url": url});
        if let Some(dialect) = &self.dialect {
            properties["dialect"] = dialect.as_str().into();
        }
        if let Some(version) = &self.api_version {
            properties["apiVersion"] = version.as_str().into();
        }
        if let Some(model) = &self.upstream_model {
            properties["model"] = model.as_str().into();
        }
        if let Some(path) = &self.upstream_key_file {
            properties["apiKey"] = key(path)?.into();
        }
        properties["allowPrivateNetwork"] = self.allow_private_network.into();
        Ok(properties)
    }
}

fn without_keys(properties: &mut Value) {
    if let Some(fields) = properties.as_object_mut() {
        fields.shift_remove("apiKey");
        if let Some(backends) = fields.get_mut("backends").and_then(Value::as_array_mut) {
            backends.iter_mut().for_each(without_keys);
        }
    }
}

// What the fields mean is the server's to check: it may be newer than this program.
fn simulator_settings(path: &Path) -> Result<Value, Failure> {
    let (name, text) = text_of("The settings", path)?;
    match serde_json::from_str(&text) {
        Ok(settings @ Value::Object(_)) => Ok(settings),
        Ok(_) => Err(Failure::new(format!("{name} must hold a JSON object"))
            .hint(r#"{"rules": [{"every": 5, "status": 429, "retry_after": 1}]}"#)),
        Err(error) => Err(Failure::new(format!("{name} is not JSON: {error}"))),
    }
}

// The name of a file, or of stdin, and what is in it.
fn text_of(what: &str, path: &Path) -> Result<(String, String), Failure> {
    let from_stdin = path == Path::new("-");
    let read = if from_stdin {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let name = if from_stdin {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let text = read.map_err(|error| Failure::new(format!("{what} in {name} cannot be read: {error}")))?;
    Ok((name, text))
}

fn key(path: &Path) -> Result<String, Failure> {
    let (name, text) = text_of("The key", path)?;
    let key = text.trim();
    if key.is_empty()
        || key
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace())
    {
        return Err(Failure::new(format!(
            "{name} must hold the key on one line and nothing else"
        )));
    }
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        bind: Bind,
    }

    fn properties(flags: &[&str]) -> Result<String, Failure> {
        let line = Line::try_parse_from([&["bind", "a/b"], flags].concat()).expect("parses");
        line.bind
            .properties(true)
            .map(|properties| properties.to_string())
    }

    fn said(flags: &[&str], dir: &Path) -> String {
        properties(flags)
            .expect_err("fails")
            .message
            .replace(&dir.display().to_string(), "DIR")
    }

    #[test]
    fn the_bodies() {
        assert_eq!(
            properties(&["--simulator"]).expect("fine"),
            r#"{"kind":"simulator"}"#
        );
        assert_eq!(
            properties(&["--simulator", "--latency-ms", "5", "--tokens-per-second", "9"]).expect("fine"),
            r#"{"kind":"simulator","latencyMs":5,"tokensPerSecond":9}"#
        );
        assert_eq!(
            properties(&["--upstream", "https://h/v1"]).expect("fine"),
            r#"{"kind":"upstream","url":"https://h/v1","allowPrivateNetwork":false}"#
        );
        assert!(properties(&["--upstream", "h/v1"]).is_err());
        let path = env!("CARGO_MANIFEST_DIR");
        assert!(properties(&["--engine", path]).is_err_and(|failure| failure.message.contains("no .gguf")));
        assert_eq!(
            properties(&[
                "--upstream",
                "https://h",
                "--dialect",
                "azure-openai",
                "--api-version",
                "2024-10-21"
            ])
            .expect("fine"),
            r#"{"kind":"upstream","url":"https://h","dialect":"azure-openai","apiVersion":"2024-10-21","allowPrivateNetwork":false}"#
        );
    }

    #[test]
    fn settings_of_the_simulator_come_from_a_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("settings.json");
        let flags = [
            "--simulator",
            "--latency-ms",
            "5",
            "--simulator-settings",
            file.to_str().expect("utf-8"),
        ];
        std::fs::write(&file, r#"{"directives":true}"#).expect("writes");
        assert_eq!(
            properties(&flags).expect("fine"),
            r#"{"kind":"simulator","settings":{"directives":true},"latencyMs":5}"#
        );
        std::fs::write(&file, "[]").expect("writes");
        assert_eq!(
            said(&flags, dir.path()),
            "DIR/settings.json must hold a JSON object"
        );
        std::fs::write(&file, "{").expect("writes");
        assert!(said(&flags, dir.path()).starts_with("DIR/settings.json is not JSON: EOF"));
    }

    #[test]
    fn exactly_one_backend() {
        for bad in [
            &["bind", "m"][..],
            &["bind", "m", "--simulator", "--engine", "x"],
            &["bind", "m", "--simulator", "--upstream-model", "x"],
            &["bind", "m", "--simulator", "--dialect", "cohere"],
            &["bind", "m", "--simulator", "--remove", "a"],
            &["bind", "m", "--simulator", "--add"],
            &["bind", "m", "--remove", "a", "--weight", "3"],
            &["bind", "m", "--engine", "x", "--latency-ms", "1"],
            &["bind", "m", "--engine", "x", "--simulator-settings", "x"],
        ] {
            assert!(Line::try_parse_from(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_key_comes_from_a_file_and_without_its_newline() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("key");
        std::fs::write(&file, "sk-1\n").expect("writes");
        let flags = [
            "--upstream",
            "https://h",
            "--upstream-model",
            "m",
            "--upstream-key-file",
            file.to_str().expect("utf-8"),
        ];
        assert_eq!(
            properties(&flags).expect("fine"),
            r#"{"kind":"upstream","url":"https://h","model":"m","apiKey":"sk-1","allowPrivateNetwork":false}"#
        );
        std::fs::write(&file, "two\nlines").expect("writes");
        assert_eq!(
            said(&flags, dir.path()),
            "DIR/key must hold the key on one line and nothing else"
        );
    }
}
