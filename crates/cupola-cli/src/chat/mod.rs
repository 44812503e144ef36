//! `cupola chat`: talk to an endpoint in the terminal.

mod conversation;
mod interactive;
mod screen;
mod stream;

use clap::Args;
use serde_json::{Value, json};

use crate::arm::Arm;
use crate::failure::Failure;
use crate::ml::serverless_endpoint;
use crate::output::Answer;
use crate::session::{Session, WorkspaceFlags};
use crate::settings::Secret;
use conversation::{Conversation, Options};
use screen::Screen;

/// The flags of `cupola chat`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    cupola chat -n hello\n  \
    cupola chat -n hello \"What is Cupola?\"\n  \
    cat notes.txt | cupola chat -n hello --system \"Summarize in one sentence.\"\n\n\
    In a conversation Ctrl-C stops an answer and Ctrl-D leaves.")]
pub struct Chat {
    /// Name of the endpoint.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// What the model is told before anything else.
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// How freely the model chooses its words; 0 is the least.
    #[arg(long, value_name = "X")]
    temperature: Option<f64>,
    /// The most tokens that an answer may have.
    #[arg(long, value_name = "N")]
    max_tokens: Option<u32>,
    /// One question, one answer. Without it: a conversation, or stdin when it is a pipe; - reads stdin.
    prompt: Option<String>,
}

impl Chat {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let endpoint = arm
            .get(&serverless_endpoint::url(&arm, &place, Some(&self.name), None))
            .await;
        let endpoint = endpoint
            .map_err(|failure| failure.hint_when_missing("cupola ml serverless-endpoint list -o table"))?;
        let keys = arm
            .post(&serverless_endpoint::url(
                &arm,
                &place,
                Some(&self.name),
                Some("listKeys"),
            ))
            .await?;
        let options = Options {
            temperature: self.temperature,
            max_tokens: self.max_tokens,
        };
        let model_id = endpoint["properties"]["modelSettings"]["modelId"]
            .as_str()
            .unwrap_or_default();
        let mut conversation = Conversation::new(uri(&endpoint, &self.name)?, key(&keys)?, model_id, options);
        if let Some(system) = &self.system {
            conversation.tell("system", system);
        }
        match self.question(session)? {
            Some(question) => once(session, &arm, &mut conversation, &question).await,
            None => interactive::run(session, &arm, &mut conversation, &self.name).await,
        }
    }

    fn question(&self, session: &Session) -> Result<Option<String>, Failure> {
        let piped = match self.prompt.as_deref() {
            Some("-") => true,
            Some(prompt) => return Ok(Some(prompt.to_owned())),
            None => !session.surroundings.stdin_is_terminal,
        };
        if !piped {
            return Ok(None);
        }
        let text = std::io::read_to_string(std::io::stdin())
            .map_err(|error| Failure::new(format!("stdin cannot be read: {error}")))?;
        if text.trim().is_empty() {
            return Err(Failure::usage("There is nothing to ask: stdin is empty")
                .hint(format!("cupola chat -n {} \"What is Cupola?\"", self.name)));
        }
        Ok(Some(text.trim_end().to_owned()))
    }
}

async fn once(
    session: &Session,
    arm: &Arm,
    conversation: &mut Conversation,
    question: &str,
) -> Result<Answer, Failure> {
    // Asked for a format, the answer is printed whole and by the same rules as every other one.
    let whole = session.globals.output.is_some() || session.globals.query.is_some();
    let screen = if whole {
        Screen::silent(session)
    } else {
        Screen::new(session)
    };
    conversation.tell("user", question);
    let said = conversation
        .answer(session, arm, &screen)
        .await
        .inspect_err(|_| screen.end_line())?;
    screen.end(&said);
    if !whole {
        return Ok(Answer::Nothing);
    }
    Ok(Answer::value(json!({
        "content": screen.text(),
        "finish_reason": said.finish_reason,
        "model": said.model,
        "usage": said.usage,
    })))
}

// The route is appended to what people call the Target URI, which some servers show with the route.
fn uri(endpoint: &Value, name: &str) -> Result<String, Failure> {
    let uri = endpoint["properties"]["inferenceEndpoint"]["uri"]
        .as_str()
        .unwrap_or_default();
    let uri = uri.trim_end_matches('/');
    if uri.is_empty() {
        let state = endpoint["properties"]["provisioningState"]
            .as_str()
            .unwrap_or("without a state");
        return Err(
            Failure::new(format!("Endpoint '{name}' has no address yet: it is {state}"))
                .hint(format!("cupola ml serverless-endpoint show -n {name} -o table")),
        );
    }
    Ok(if uri.ends_with("/chat/completions") {
        uri.to_owned()
    } else {
        format!("{uri}/chat/completions")
    })
}

fn key(keys: &Value) -> Result<Secret, Failure> {
    let key = keys["primaryKey"]
        .as_str()
        .or_else(|| keys["secondaryKey"].as_str());
    key.map(Secret::new)
        .ok_or_else(|| Failure::new("The server gave no key for this endpoint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_is_appended_once() {
        let check = |given: &str, expected: &str| {
            let endpoint = json!({"properties": {"inferenceEndpoint": {"uri": given}}});
            assert_eq!(uri(&endpoint, "e").expect("an address"), expected);
        };
        check("https://h/e", "https://h/e/chat/completions");
        check("https://h/e/", "https://h/e/chat/completions");
        check(
            "https://h/e/v1/chat/completions",
            "https://h/e/v1/chat/completions",
        );
        let creating = json!({"properties": {"provisioningState": "Creating", "inferenceEndpoint": null}});
        assert_eq!(
            uri(&creating, "e").expect_err("fails").message,
            "Endpoint 'e' has no address yet: it is Creating"
        );
    }
}
