//! The spans of a request, with the attributes that OpenTelemetry's conventions have for generative AI.

use super::detail::Detail;
use super::meters::surface_name;
use super::otlp::{Content, Kind, Span};
use super::trace::Trace;
use super::{Visit, content};
use cupola_backend::Target;
use cupola_wire::Dialect;
use cupola_wire::openai::Surface;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::PoisonError;

type Attributes = Vec<(&'static str, Content)>;

/// One span for the request, and one for its backend if it was asked.
pub(super) fn of(visit: &Visit, detail: &Detail, trace: &Trace, took_us: u64) -> Vec<Span> {
    let at_us = |us: u64| detail.at.as_nanosecond() + i128::from(us) * 1000;
    let (surface, operation) = visit.asked();
    let status = visit.status();
    let mut attributes = vec![
        ("cupola.request.id", detail.id.as_str().into()),
        ("http.request.method", detail.method.as_str().into()),
        ("url.path", detail.path.as_str().into()),
        ("http.response.status_code", u64::from(status).into()),
        (
            "client.address",
            detail.peer.address.ip().to_string().as_str().into(),
        ),
        ("cupola.surface", surface_name(surface).into()),
    ];
    if let Some((host, port)) = &detail.server {
        attributes.push(("server.address", host.as_str().into()));
        attributes.extend(port.map(|port| ("server.port", u64::from(port).into())));
    }
    if let Some(site) = visit.site.get() {
        attributes.push(("cupola.site", (&*site.id).into()));
    }
    if let Some(credential) = visit.credential.get() {
        attributes.push(("cupola.credential", (&**credential).into()));
    }
    let mut name = format!("{} {operation}", detail.method);
    if let Some((deployment, _)) = visit.placed.get() {
        name = format!("{} {}", operation_name(operation), deployment.name);
        attributes.push(("cupola.deployment", deployment.name.as_str().into()));
        attributes.extend(asked(operation, provider(surface), &deployment.name));
        attributes.extend(answered(visit, detail, &deployment.model.name));
    }
    if let Some(prompt) = detail.prompt.get() {
        let sent = detail.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = detail.finish_reasons.get().and_then(|all| all.first());
        let input = content::input(prompt).map(|text| ("gen_ai.input.messages", Content::Text(text)));
        let output = content::output(&sent, reason.map(String::as_str));
        attributes.extend(input);
        attributes.extend(output.map(|text| ("gen_ai.output.messages", Content::Text(text))));
    }
    let error = detail.error(status);
    attributes.extend(error.map(|error| ("error.type", error.into())));
    let mut spans = vec![Span {
        trace: trace.trace,
        span: trace.span,
        parent: trace.parent,
        name,
        kind: Kind::Server,
        start_ns: at_us(0),
        end_ns: at_us(took_us),
        attributes,
        has_failed: status >= 500,
    }];
    if let Some(begun_us) = visit.backend_begun_us() {
        let (name, attributes) = to_backend(visit, detail, operation);
        let ended_us = visit.backend_ended_us().unwrap_or(took_us);
        spans.push(Span {
            trace: trace.trace,
            span: trace.backend_span,
            parent: Some(trace.span),
            name,
            kind: Kind::Client,
            start_ns: at_us(begun_us),
            end_ns: at_us(ended_us.max(begun_us)),
            attributes,
            has_failed: visit.failure().is_some(),
        });
    }
    spans
}

fn to_backend(visit: &Visit, detail: &Detail, operation: &'static str) -> (String, Attributes) {
    let placed = visit.placed.get().map(|(deployment, _)| deployment);
    let ours = placed.map_or("", |deployment| deployment.model.name.as_str());
    let member = visit.member();
    let (provider, model, server) = match member.map(|member| &member.target) {
        Some(Target::Upstream(upstream)) => (
            provider_of(upstream.dialect()),
            upstream.model(),
            upstream.server(),
        ),
        _ => ("cupola", ours, None),
    };
    let mut attributes = asked(operation, provider, model);
    if let Some((host, port)) = server {
        attributes.push(("server.address", host.into()));
        attributes.push(("server.port", u64::from(port).into()));
    }
    if let Some(member) = member {
        attributes.push(("cupola.backend", member.name.as_str().into()));
    }
    attributes.push((
        "cupola.backend.attempts",
        u64::from(visit.attempts().count()).into(),
    ));
    attributes.extend(answered(visit, detail, model));
    attributes.extend(visit.failure().map(|why| ("error.type", why.into())));
    (format!("{} {model}", operation_name(operation)), attributes)
}

fn asked(operation: &str, provider: &str, model: &str) -> Attributes {
    vec![
        ("gen_ai.operation.name", operation_name(operation).into()),
        ("gen_ai.provider.name", provider.into()),
        // The name of the one above in conventions of before 2025, which many dashboards still read.
        ("gen_ai.system", provider.into()),
        ("gen_ai.request.model", model.into()),
    ]
}

fn answered(visit: &Visit, detail: &Detail, model: &str) -> Attributes {
    let mut attributes = Vec::new();
    if let Some(max) = detail.max_tokens.get() {
        attributes.push(("gen_ai.request.max_tokens", (*max).into()));
    }
    let Some((usage, outcome)) = visit.used.get() else {
        return attributes;
    };
    attributes.extend([
        ("gen_ai.response.id", detail.id.as_str().into()),
        ("gen_ai.response.model", model.into()),
        (
            "gen_ai.usage.input_tokens",
            (usage.prompt + usage.cached_prompt).into(),
        ),
        ("gen_ai.usage.cache_read.input_tokens", usage.cached_prompt.into()),
        (
            "gen_ai.usage.output_tokens",
            (usage.completion + usage.reasoning).into(),
        ),
        ("cupola.outcome", (*outcome).into()),
    ]);
    let reasons = match (*outcome, detail.finish_reasons.get()) {
        ("content-filter", _) => Some(vec!["content_filter".to_owned()]),
        (_, reasons) => reasons.cloned(),
    };
    attributes.extend(reasons.map(|reasons| ("gen_ai.response.finish_reasons", Content::Texts(reasons))));
    attributes
}

/// The conventions' word for an operation; ours where they have none.
fn operation_name(operation: &str) -> &str {
    match operation {
        "completions" => "text_completion",
        "image-embeddings" => "embeddings",
        "images" => "generate_content",
        other => other,
    }
}

/// As whom we speak.
fn provider(surface: Surface) -> &'static str {
    match surface {
        Surface::ModelInference => "azure.ai.inference",
        Surface::OpenAi | Surface::AzureOpenAi => "azure.ai.openai",
        Surface::Anthropic => "anthropic",
        Surface::Cohere => "cohere",
        Surface::TimeGen => "nixtla",
    }
}

fn provider_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "openai",
        Dialect::AzureOpenAi => "azure.ai.openai",
        Dialect::ModelInference => "azure.ai.inference",
        Dialect::Anthropic => "anthropic",
        Dialect::Cohere => "cohere",
    }
}

/// Why the choices of a whole answer in OpenAI's shape ended.
pub(super) fn finish_reasons(answer: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Whole<'a> {
        #[serde(borrow)]
        choices: Vec<Choice<'a>>,
    }
    #[derive(Deserialize)]
    struct Choice<'a> {
        #[serde(borrow)]
        finish_reason: Option<Cow<'a, str>>,
    }
    let whole: Whole<'_> = serde_json::from_slice(answer).ok()?;
    let reasons = whole
        .choices
        .into_iter()
        .filter_map(|choice| choice.finish_reason);
    Some(reasons.map(Cow::into_owned).collect()).filter(|reasons: &Vec<String>| !reasons.is_empty())
}

impl Detail {
    /// Why a request failed, in one word; `None` for one that did not.
    fn error(&self, status: u16) -> Option<&str> {
        match self.code.get() {
            Some(code) => Some(code.as_str()),
            None if status == super::meters::CLIENT_LEFT => Some("client_left"),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_from_whole_answers() {
        let check = |answer: &str, expected: Option<&[&str]>| {
            let found = finish_reasons(answer.as_bytes());
            let expected = expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
            assert_eq!(found, expected, "{answer}");
        };
        let two = r#"{"choices":[{"finish_reason":"stop"},{"message":{},"finish_reason":"length"}]}"#;
        check(two, Some(&["stop", "length"]));
        check(r#"{"choices":[{"finish_reason":null}]}"#, None);
        check(r#"{"data":[]}"#, None);
        check("{", None);
    }
}
