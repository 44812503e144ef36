//! `cupola rest`: any request, with a token and without ceremony.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

use crate::arm::Arm;
use crate::failure::Failure;
use crate::flat::{json_argument, text_argument};
use crate::output::Answer;
use crate::session::Session;
use crate::transport::segment;

/// The flags of `cupola rest`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    cupola rest -u /subscriptions?api-version=2022-12-01\n  \
    cupola rest -m post -u ID/listKeys?api-version=2024-10-01\n  \
    cupola rest -m put -u ID?api-version=2024-10-01 -b @body.json --headers If-Match=*")]
pub struct Rest {
    /// Method.
    #[arg(short = 'm', long, value_enum, ignore_case = true, default_value = "get")]
    method: Verb,
    /// URL, or a path on this server; {subscriptionId} is the subscription in use.
    #[arg(short = 'u', long, visible_alias = "uri")]
    url: String,
    /// Body, or @FILE.
    #[arg(short = 'b', long)]
    body: Option<String>,
    /// Headers as name=value, or as a JSON object.
    #[arg(long, num_args = 1.., value_name = "NAME=VALUE")]
    headers: Vec<String>,
    /// Query parameters as name=value, or as a JSON object.
    #[arg(long, visible_alias = "uri-parameters", num_args = 1.., value_name = "NAME=VALUE")]
    url_parameters: Vec<String>,
    /// Audience of the token; default: the resource manager, or the directory for its paths.
    #[arg(long, value_name = "URL")]
    resource: Option<String>,
    /// Write the answer into this file.
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Verb {
    Get,
    Head,
    Put,
    Post,
    Patch,
    Delete,
    Options,
}

impl Rest {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = self.connection(session)?;
        let url = self.full_url(&arm)?;
        let body = self
            .body
            .as_deref()
            .map(text_argument)
            .transpose()?
            .unwrap_or_default();
        let headers = pairs("--headers", &self.headers)?
            .iter()
            .map(|(name, value)| header(name, value))
            .collect::<Result<Vec<_>, Failure>>()?;
        let reply = arm.exchange(self.method.into(), &url, body, &headers).await?;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        if !reply.status.is_success() {
            let reason = reply.status.canonical_reason().unwrap_or("Error");
            return Err(Failure::new(format!("{reason}({text})")).of_request(&reply));
        }
        if let Some(path) = &self.output_file {
            std::fs::write(path, &reply.body)
                .map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))?;
            return Ok(Answer::Nothing);
        }
        if text.is_empty() {
            return Ok(Answer::Nothing);
        }
        Ok(match serde_json::from_str::<Value>(&text) {
            Ok(value) => Answer::value(value),
            Err(_) => Answer::Text(text + "\n"),
        })
    }

    fn connection(&self, session: &Session) -> Result<Arm, Failure> {
        let path = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| {
            rest.find('/').map_or("/", |at| &rest[at..])
        });
        if self.resource.is_none() && (path.starts_with("/v1.0/") || path.starts_with("/beta/")) {
            session.connect_to_graph()
        } else {
            session.connect_for(self.resource.as_deref())
        }
    }

    fn full_url(&self, arm: &Arm) -> Result<String, Failure> {
        let subscription = &arm.settings.subscription;
        let mut url = self.url.replace("{subscriptionId}", subscription);
        if url.starts_with('/') {
            url = format!("{}{url}", arm.settings.url);
        }
        for (name, value) in pairs("--url-parameters", &self.url_parameters)? {
            let join = if url.contains('?') { '&' } else { '?' };
            url += &format!("{join}{}={}", segment(&name), segment(&value));
        }
        Ok(url)
    }
}

impl From<Verb> for Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Get => Self::GET,
            Verb::Head => Self::HEAD,
            Verb::Put => Self::PUT,
            Verb::Post => Self::POST,
            Verb::Patch => Self::PATCH,
            Verb::Delete => Self::DELETE,
            Verb::Options => Self::OPTIONS,
        }
    }
}

// Words as name=value, or one JSON object of texts.
fn pairs(flag: &str, words: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut pairs = Vec::new();
    for word in words {
        if word.trim_start().starts_with(['{', '@']) {
            let Value::Object(fields) = json_argument(flag, word)? else {
                return Err(Failure::usage(format!(
                    "{flag} must be a JSON object or name=value"
                )));
            };
            for (name, value) in fields {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                pairs.push((name, text));
            }
        } else if let Some((name, value)) = word.split_once('=') {
            pairs.push((name.to_owned(), value.to_owned()));
        } else {
            return Err(Failure::usage(format!(
                "{flag} {word} is not understood: it needs the form name=value"
            )));
        }
    }
    Ok(pairs)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let wrong = || Failure::usage(format!("--headers {name} is not a header that HTTP can carry"));
    let name = HeaderName::try_from(name).map_err(|_| wrong())?;
    let value = HeaderValue::try_from(value).map_err(|_| wrong())?;
    Ok((name, value))
}
