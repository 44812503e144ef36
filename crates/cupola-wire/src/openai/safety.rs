//! Content filtering as clients see it: annotations, the refusal of a prompt, and the chunks that only annotate.
//!
//! Annotations are written as bytes, because streams carry many of them. Use them on the OpenAI surfaces; on the Model
//! Inference surface an answer that is not blocked has none.

use super::{Heading, Surface};
use serde_json::{Value, json};

/// A category with degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graded<'a> {
    /// `hate`, `self_harm`, `sexual`, `violence`.
    pub name: &'a str,
    /// `safe`, `low`, `medium`, `high`.
    pub severity: &'a str,
    /// Whether it was kept from going on.
    pub filtered: bool,
}

/// What is there or is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected<'a> {
    /// `jailbreak`, `indirect_attack`, `profanity`, `protected_material_text`, ...
    pub name: &'a str,
    /// Whether it is there.
    pub detected: bool,
    /// Whether it was kept from going on.
    pub filtered: bool,
    /// Where known code comes from: its URL and its licence.
    pub citation: Option<(&'a str, &'a str)>,
}

/// A blocklist with an entry that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The list's name.
    pub id: &'a str,
    /// Whether it kept the text from going on.
    pub filtered: bool,
}

/// What a filter says about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Annotation<'a> {
    /// It looked.
    Filtered {
        /// Categories that were looked for.
        categories: &'a [Graded<'a>],
        /// Detections that were looked for.
        detections: &'a [Detected<'a>],
        /// Lists with a hit; nothing is written when there is none.
        lists: &'a [Listed<'a>],
    },
    /// It could not look, and the text went on.
    Unavailable,
}

impl Annotation<'_> {
    /// The object of `content_filter_results`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (categories, detections, lists) = match self {
            Self::Unavailable => {
                out.extend_from_slice(
                    br#"{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}"#,
                );
                return;
            }
            Self::Filtered {
                categories,
                detections,
                lists,
            } => (categories, detections, lists),
        };
        out.push(b'{');
        let mut first = true;
        for one in *categories {
            key(out, one.name, &mut first);
            flag(out, b"{\"filtered\":", one.filtered);
            out.extend_from_slice(b",\"severity\":");
            text(out, one.severity);
            out.push(b'}');
        }
        for one in *detections {
            key(out, one.name, &mut first);
            flag(out, b"{\"filtered\":", one.filtered);
            flag(out, b",\"detected\":", one.detected);
            if let Some((url, licence)) = one.citation {
                out.extend_from_slice(b",\"citation\":{\"URL\":");
                text(out, url);
                out.extend_from_slice(b",\"license\":");
                text(out, licence);
                out.push(b'}');
            }
            out.push(b'}');
        }
        if !lists.is_empty() {
            key(out, "custom_blocklists", &mut first);
            flag(out, b"{\"filtered\":", lists.iter().any(|list| list.filtered));
            out.extend_from_slice(b",\"details\":[");
            for (index, list) in lists.iter().enumerate() {
                out.extend_from_slice(if index == 0 { b"{\"id\":" } else { b",{\"id\":" });
                text(out, list.id);
                flag(out, b",\"filtered\":", list.filtered);
                out.push(b'}');
            }
            out.extend_from_slice(b"]}");
        }
        out.push(b'}');
    }

    fn value(&self) -> Value {
        let mut out = Vec::new();
        self.write(&mut out);
        serde_json::from_slice(&out).unwrap_or_default()
    }
}

/// The array of `prompt_filter_results`, one entry for each prompt.
pub fn prompt_filter_results(prompts: &[Annotation<'_>], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, prompt) in prompts.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"prompt_index\":");
        out.extend_from_slice(index.to_string().as_bytes());
        out.extend_from_slice(b",\"content_filter_results\":");
        prompt.write(out);
        out.push(b'}');
    }
    out.push(b']');
}

/// The body of the 400 with which a blocked prompt is refused, the same on every surface: what Azure OpenAI adds as
/// `innererror`, the clients of Model Inference show too.
pub fn prompt_blocked(annotation: &Annotation<'_>) -> Value {
    json!({
        "error": {
            "message": "The response was filtered due to the prompt triggering Microsoft's content management policy. \
                        Please modify your prompt and retry.",
            "type": null,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": annotation.value(),
            },
        }
    })
}

/// The event before the first chunk, with what was said about the prompt.
pub fn prompt_event(prompts: &[Annotation<'_>], out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"data: {\"id\":\"\",\"object\":\"\",\"created\":0,\"model\":\"\",\"choices\":[],\"prompt_filter_results\":",
    );
    prompt_filter_results(prompts, out);
    out.extend_from_slice(b"}\n\n");
}

/// Which part of a completion an annotation is about, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offsets {
    /// Up to here everything was looked at.
    pub check: u64,
    /// Where the part begins.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
}

/// An event that only annotates, for streams whose text goes out at once. Not for the Model Inference surface, whose clients
/// ask for a `delta`: there nothing is written.
pub fn annotation_event(
    heading: &Heading<'_>,
    choice: u32,
    annotation: &Annotation<'_>,
    offsets: Offsets,
    out: &mut Vec<u8>,
) {
    if heading.surface == Surface::ModelInference {
        return;
    }
    out.extend_from_slice(b"data: ");
    heading.write(out, "chat.completion.chunk");
    out.extend_from_slice(b",\"choices\":[{\"index\":");
    out.extend_from_slice(choice.to_string().as_bytes());
    out.extend_from_slice(b",\"finish_reason\":null,\"content_filter_results\":");
    annotation.write(out);
    out.extend_from_slice(b",\"content_filter_offsets\":{\"check_offset\":");
    out.extend_from_slice(offsets.check.to_string().as_bytes());
    out.extend_from_slice(b",\"start_offset\":");
    out.extend_from_slice(offsets.start.to_string().as_bytes());
    out.extend_from_slice(b",\"end_offset\":");
    out.extend_from_slice(offsets.end.to_string().as_bytes());
    out.extend_from_slice(b"}}]}\n\n");
}

fn key(out: &mut Vec<u8>, name: &str, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    text(out, name);
    out.push(b':');
}

fn flag(out: &mut Vec<u8>, before: &[u8], value: bool) {
    out.extend_from_slice(before);
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

fn text(out: &mut Vec<u8>, value: &str) {
    out.extend_from_slice(Value::from(value).to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATEGORIES: [Graded<'static>; 2] = [
        Graded {
            name: "hate",
            severity: "safe",
            filtered: false,
        },
        Graded {
            name: "violence",
            severity: "medium",
            filtered: true,
        },
    ];

    fn filtered<'a>(detections: &'a [Detected<'a>], lists: &'a [Listed<'a>]) -> Annotation<'a> {
        Annotation::Filtered {
            categories: &CATEGORIES,
            detections,
            lists,
        }
    }

    const JAILBREAK: Detected<'static> = Detected {
        name: "jailbreak",
        detected: false,
        filtered: false,
        citation: None,
    };

    fn check(annotation: Annotation<'_>, expected: &str) {
        let mut out = Vec::new();
        annotation.write(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
        serde_json::from_slice::<Value>(&out).expect("JSON");
    }

    #[test]
    fn annotations_have_the_published_shape() {
        check(
            filtered(&[JAILBREAK], &[]),
            r#"{"hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"},"jailbreak":{"filtered":false,"detected":false}}"#,
        );
        check(
            Annotation::Unavailable,
            r#"{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}"#,
        );
        let lists = [
            Listed {
                id: "my \"list\"",
                filtered: false,
            },
            Listed {
                id: "other",
                filtered: true,
            },
        ];
        let only_lists = Annotation::Filtered {
            categories: &[],
            detections: &[],
            lists: &lists,
        };
        check(
            only_lists,
            r#"{"custom_blocklists":{"filtered":true,"details":[{"id":"my \"list\"","filtered":false},{"id":"other","filtered":true}]}}"#,
        );
        let code = Detected {
            name: "protected_material_code",
            detected: true,
            filtered: false,
            citation: Some(("https://example.com/a", "MIT")),
        };
        let only_code = Annotation::Filtered {
            categories: &[],
            detections: &[code],
            lists: &[],
        };
        check(
            only_code,
            r#"{"protected_material_code":{"filtered":false,"detected":true,"citation":{"URL":"https://example.com/a","license":"MIT"}}}"#,
        );
    }

    #[test]
    fn a_blocked_prompt_is_the_error_that_clients_know() {
        let body = prompt_blocked(&filtered(&[JAILBREAK], &[]));
        let expected = r#"{"error":{"message":"The response was filtered due to the prompt triggering Microsoft's content management policy. Please modify your prompt and retry.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"},"jailbreak":{"filtered":false,"detected":false}}}}}"#;
        assert_eq!(body.to_string(), expected);
    }

    #[test]
    fn events_are_one_line_each() {
        let mut out = Vec::new();
        prompt_event(&[Annotation::Unavailable, filtered(&[], &[])], &mut out);
        let heading = Heading {
            surface: Surface::OpenAi,
            id: "0123456789abcdef0123456789abcdef",
            created: 7,
            model: "m",
        };
        let offsets = Offsets {
            check: 30,
            start: 10,
            end: 20,
        };
        annotation_event(&heading, 1, &filtered(&[], &[]), offsets, &mut out);
        let text = String::from_utf8(out).expect("text");
        let events: Vec<Value> = text
            .split_terminator("\n\n")
            .map(|event| {
                let data = event.strip_prefix("data: ").expect("a data line");
                assert!(!data.contains('\n'));
                serde_json::from_str(data).expect("JSON")
            })
            .collect();
        assert_eq!(events.len(), 2);
        assert_eq!(events[0]["prompt_filter_results"][1]["prompt_index"], 1);
        assert_eq!(events[0]["choices"], json!([]));
        let choice = &events[1]["choices"][0];
        assert_eq!(choice["index"], 1);
        assert_eq!(
            choice["content_filter_offsets"],
            json!({"check_offset": 30, "start_offset": 10, "end_offset": 20})
        );
        assert_eq!(choice["content_filter_results"]["violence"]["filtered"], true);
        assert!(choice.get("delta").is_none());

        let mut none = Vec::new();
        let heading = Heading {
            surface: Surface::ModelInference,
            ..heading
        };
        annotation_event(&heading, 0, &Annotation::Unavailable, offsets, &mut none);
        assert!(none.is_empty());
    }
}
