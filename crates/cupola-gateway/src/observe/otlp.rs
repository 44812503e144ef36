//! Spans as collectors read them: OTLP in JSON.

use super::trace::hex;
use serde_json::{Value, json};

/// What is kept of one piece of work.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) start_ns: i128,
    pub(super) end_ns: i128,
    pub(super) attributes: Vec<(&'static str, Content)>,
    pub(super) has_failed: bool,
}

/// On which side of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// We were asked.
    Server,
    /// We asked.
    Client,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    Number(u64),
    Texts(Vec<String>),
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Content {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// The body of a request to `/v1/traces`.
pub(super) fn export(spans: &[Span]) -> Value {
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "resourceSpans": [{
            "resource": { "attributes": [
                attribute("service.name", &"cupola".into()),
                attribute("service.version", &version.into()),
            ] },
            "scopeSpans": [{
                "scope": { "name": "cupola-gateway", "version": version },
                "spans": spans.iter().map(one).collect::<Vec<Value>>(),
            }],
        }],
    })
}

fn one(span: &Span) -> Value {
    let kind = match span.kind {
        Kind::Server => 2,
        Kind::Client => 3,
    };
    let attributes = span.attributes.iter().map(|(name, value)| attribute(name, value));
    let mut written = json!({
        "traceId": hex(&span.trace),
        "spanId": hex(&span.span),
        "name": span.name,
        "kind": kind,
        "startTimeUnixNano": span.start_ns.to_string(),
        "endTimeUnixNano": span.end_ns.to_string(),
        "attributes": attributes.collect::<Vec<Value>>(),
        "status": if span.has_failed { json!({ "code": 2 }) } else { json!({}) },
    });
    if let Some(parent) = &span.parent {
        written["parentSpanId"] = hex(parent).into();
    }
    written
}

fn attribute(name: &str, value: &Content) -> Value {
    let text = |text: &String| json!({ "stringValue": text });
    let value = match value {
        Content::Text(one) => text(one),
        // 64 bits are text in JSON.
        Content::Number(number) => json!({ "intValue": number.to_string() }),
        Content::Texts(all) => {
            json!({ "arrayValue": { "values": all.iter().map(text).collect::<Vec<Value>>() } })
        }
    };
    json!({ "key": name, "value": value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_collectors_read_it() {
        let span = Span {
            trace: [1; 16],
            span: [2; 8],
            parent: Some([3; 8]),
            name: "chat m".to_owned(),
            kind: Kind::Client,
            start_ns: 1_700_000_000_000_000_001,
            end_ns: 1_700_000_000_000_000_002,
            attributes: vec![
                ("gen_ai.usage.input_tokens", 7.into()),
                (
                    "gen_ai.response.finish_reasons",
                    Content::Texts(vec!["stop".to_owned()]),
                ),
            ],
            has_failed: true,
        };
        let root = Span {
            parent: None,
            has_failed: false,
            ..span.clone()
        };
        let written = export(&[span, root]);
        let spans = &written["resourceSpans"][0]["scopeSpans"][0]["spans"];
        assert_eq!(
            spans[0],
            json!({
                "traceId": "01".repeat(16),
                "spanId": "02".repeat(8),
                "parentSpanId": "03".repeat(8),
                "name": "chat m",
                "kind": 3,
                "startTimeUnixNano": "1700000000000000001",
                "endTimeUnixNano": "1700000000000000002",
                "attributes": [
                    { "key": "gen_ai.usage.input_tokens", "value": { "intValue": "7" } },
                    { "key": "gen_ai.response.finish_reasons",
                      "value": { "arrayValue": { "values": [{ "stringValue": "stop" }] } } },
                ],
                "status": { "code": 2 },
            })
        );
        assert_eq!(spans[1]["status"], json!({}));
        assert!(spans[1].get("parentSpanId").is_none());
    }
}
