//! Messages so far, and asking for the next one.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::screen::Screen;
use super::stream::{Events, Piece, pieces};
use crate::arm::Arm;
use crate::failure::Failure;
use crate::session::Session;
use crate::settings::Secret;
use crate::transport::{Body, Call, retry_after};

// A model that says nothing for this long has been lost on the way.
const SILENCE_MAX: Duration = Duration::from_secs(120);
// Nobody watches a spinner for longer.
const WAIT_MAX: Duration = Duration::from_secs(90);
const ERROR_BYTES_MAX: usize = 1 << 20;

/// How the model should answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Options {
    pub(super) temperature: Option<f64>,
    pub(super) max_tokens: Option<u32>,
}

/// A conversation with one endpoint.
pub(super) struct Conversation {
    uri: String,
    key: Secret,
    model_id: String,
    options: Options,
    messages: Vec<Value>,
}

/// What is known of an answer besides its text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    pub(super) finish_reason: Option<String>,
    pub(super) model: Option<String>,
    pub(super) usage: Option<Value>,
    pub(super) done: bool,
}

enum Refusal {
    Wait(Duration, Failure),
    Final(Failure),
}

impl Conversation {
    pub(super) fn new(uri: String, key: Secret, model_id: &str, options: Options) -> Self {
        Self {
            uri,
            key,
            model_id: model_id.to_owned(),
            options,
            messages: Vec::new(),
        }
    }

    /// Adds a message.
    pub(super) fn tell(&mut self, role: &str, content: &str) {
        self.messages.push(json!({"role": role, "content": content}));
    }

    /// Takes back the last message, so that a question that was not answered can be asked anew.
    pub(super) fn take_back(&mut self) {
        self.messages.pop();
    }

    /// Asks for the next message and shows it as it comes. Over the rate limit it waits, if somebody watches.
    pub(super) async fn answer(
        &self,
        session: &Session,
        arm: &Arm,
        screen: &Screen,
    ) -> Result<Said, Failure> {
        loop {
            match self.ask(arm, screen).await {
                Ok(said) => return Ok(said),
                Err(Refusal::Final(failure)) => return Err(failure),
                Err(Refusal::Wait(wait, failure)) => {
                    if !session.surroundings.stderr_is_terminal || wait > WAIT_MAX {
                        return Err(failure.hint(format!("the same again in {} seconds", wait.as_secs())));
                    }
                    let progress = session.progress("Over the rate limit");
                    for left in (1..=wait.as_secs().max(1)).rev() {
                        progress.note(&format!("asking again in {left} s"));
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        }
    }

    async fn ask(&self, arm: &Arm, screen: &Screen) -> Result<Said, Refusal> {
        let body = Body::Json(Bytes::from(self.body().to_string()));
        let bearer = Some(self.key.reveal());
        let call = Call {
            method: Method::POST,
            url: &self.uri,
            bearer,
            body,
            headers: &[],
        };
        let response = arm
            .http
            .open(&call)
            .await
            .map_err(|trouble| Refusal::Final(trouble.into()))?;
        let (parts, mut body) = response.into_parts();
        let streams = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let (mut events, mut whole, mut said) = (Events::default(), Vec::new(), Said::default());
        while !said.done {
            let frame = match timeout(SILENCE_MAX, body.frame()).await {
                Ok(None) => break,
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => {
                    return Err(Refusal::Final(Failure::new(format!(
                        "The answer broke off: {error}"
                    ))));
                }
                Err(_) => return Err(Refusal::Final(Failure::new("The endpoint stopped talking"))),
            };
            let Some(bytes) = frame.data_ref() else { continue };
            if streams && parts.status.is_success() {
                for data in events.push(bytes) {
                    take(&data, &mut said, screen).map_err(Refusal::Final)?;
                }
            } else if whole.len() + bytes.len() <= ERROR_BYTES_MAX {
                whole.extend_from_slice(bytes);
            }
        }
        if !parts.status.is_success() {
            let failure = Failure::from_answer(parts.status.as_u16(), &whole);
            return Err(match retry_after(&parts.headers) {
                Some(wait) if parts.status == StatusCode::TOO_MANY_REQUESTS => Refusal::Wait(wait, failure),
                _ => Refusal::Final(self.explained(failure)),
            });
        }
        if !streams {
            take(&String::from_utf8_lossy(&whole), &mut said, screen).map_err(Refusal::Final)?;
        }
        Ok(said)
    }

    fn explained(&self, failure: Failure) -> Failure {
        if failure.is_about("EndpointUnhealthy") && !failure.says_what_to_type() {
            let command = format!(
                "cupola ml marketplace-subscription create -n NAME --set model_id={}",
                self.model_id
            );
            failure.hint(command)
        } else {
            failure
        }
    }

    fn body(&self) -> Value {
        let mut body = json!({"messages": self.messages, "stream": true});
        if let Some(temperature) = self.options.temperature {
            body["temperature"] = temperature.into();
        }
        if let Some(max_tokens) = self.options.max_tokens {
            body["max_tokens"] = max_tokens.into();
        }
        body
    }
}

fn take(data: &str, said: &mut Said, screen: &Screen) -> Result<(), Failure> {
    for piece in pieces(data)? {
        screen.show(&piece);
        match piece {
            Piece::Finished(reason) => said.finish_reason = Some(reason),
            Piece::Usage(usage) => said.usage = Some(usage),
            Piece::Model(model) => said.model = Some(model),
            Piece::Done => said.done = true,
            Piece::Text(_) | Piece::Thought(_) => {}
        }
    }
    Ok(())
}

impl Said {
    /// What it took and, if it did not end by itself, why it ended.
    pub(super) fn note(&self) -> String {
        let mut notes = Vec::new();
        if let Some(usage) = &self.usage {
            let (prompt, completion) = (&usage["prompt_tokens"], &usage["completion_tokens"]);
            notes.push(format!("{prompt} prompt + {completion} completion tokens"));
        }
        match self.finish_reason.as_deref() {
            Some("length") => notes.push("cut off: the token limit was reached".to_owned()),
            Some("content_filter") => notes.push("stopped by the content filter".to_owned()),
            _ => {}
        }
        if notes.is_empty() {
            String::new()
        } else {
            format!("[{}]", notes.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_nothing_that_was_not_asked_for() {
        let mut conversation = Conversation::new("u".into(), Secret::new("k"), "m", Options::default());
        conversation.tell("user", "hi");
        assert_eq!(
            conversation.body().to_string(),
            r#"{"messages":[{"role":"user","content":"hi"}],"stream":true}"#
        );
        conversation.options = Options {
            temperature: Some(0.5),
            max_tokens: Some(9),
        };
        conversation.take_back();
        assert_eq!(
            conversation.body().to_string(),
            r#"{"messages":[],"stream":true,"temperature":0.5,"max_tokens":9}"#
        );
    }

    #[test]
    fn what_is_said_about_an_answer() {
        let usage = Some(json!({"prompt_tokens": 19, "completion_tokens": 4, "total_tokens": 23}));
        let said = |finish: &str| {
            Said {
                finish_reason: Some(finish.into()),
                usage: usage.clone(),
                ..Said::default()
            }
            .note()
        };
        assert_eq!(said("stop"), "[19 prompt + 4 completion tokens]");
        assert_eq!(
            said("length"),
            "[19 prompt + 4 completion tokens, cut off: the token limit was reached]"
        );
        assert_eq!(Said::default().note(), "");
    }
}
