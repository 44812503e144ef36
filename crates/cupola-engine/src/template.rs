//! The chat template that travels in the model file: a conversation in, the prompt's text out.

use anyhow::Context;
use minijinja::{Environment, ErrorKind, Value, context};
use serde::Serialize;

/// What models without a template of their own mostly understand.
const CHATML: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n\
                      {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Turn {
    pub(crate) role: Role,
    pub(crate) content: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    System,
    User,
    Assistant,
}

/// A compiled template.
pub(crate) struct ChatTemplate {
    environment: Environment<'static>,
    bos: String,
    eos: String,
    /// Ends a turn of the template where the vocabulary has no token for it.
    fallback_stop: Option<&'static str>,
}

impl ChatTemplate {
    /// Compiles the model's template, or ChatML when it has none.
    pub(crate) fn compile(source: Option<String>, bos: String, eos: String) -> anyhow::Result<Self> {
        let fallback_stop = source.is_none().then_some("<|im_end|>");
        if source.is_none() {
            tracing::warn!("the model has no chat template; conversations are written as ChatML");
        }
        let mut environment = Environment::new();
        // As transformers sets its own environment up; templates are written against that.
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        environment
            .add_template_owned("chat", source.unwrap_or_else(|| CHATML.to_owned()))
            .context("the chat template of the model cannot be compiled")?;
        Ok(Self {
            environment,
            bos,
            eos,
            fallback_stop,
        })
    }

    /// The prompt's text, ending where the assistant begins to speak.
    pub(crate) fn render(&self, turns: &[Turn], now: jiff::Timestamp) -> Result<String, minijinja::Error> {
        match self.render_turns(turns, now) {
            // A model that refuses system messages is told the same by its user.
            Err(error) if error.kind() == ErrorKind::InvalidOperation && turns.iter().any(is_system) => {
                self.render_turns(&without_system(turns), now).map_err(|_| error)
            }
            result => result,
        }
    }

    pub(crate) fn fallback_stop(&self) -> Option<&'static str> {
        self.fallback_stop
    }

    fn render_turns(&self, turns: &[Turn], now: jiff::Timestamp) -> Result<String, minijinja::Error> {
        let strftime_now = move |format: &str| now.strftime(format).to_string();
        self.environment.get_template("chat")?.render(context! {
            messages => turns,
            add_generation_prompt => true,
            bos_token => self.bos,
            eos_token => self.eos,
            strftime_now => Value::from_function(strftime_now),
        })
    }
}

fn raise_exception(message: String) -> Result<String, minijinja::Error> {
    Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
}

fn is_system(turn: &Turn) -> bool {
    turn.role == Role::System
}

/// The conversation with its system messages at the head of the first message that the user wrote.
fn without_system(turns: &[Turn]) -> Vec<Turn> {
    let (system, mut rest): (Vec<Turn>, Vec<Turn>) = turns.iter().cloned().partition(is_system);
    let mut words: Vec<String> = system.into_iter().map(|turn| turn.content).collect();
    match rest.iter_mut().find(|turn| turn.role == Role::User) {
        Some(user) => {
            words.push(std::mem::take(&mut user.content));
            user.content = words.join("\n\n");
        }
        None => rest.insert(
            0,
            Turn {
                role: Role::User,
                content: words.join("\n\n"),
            },
        ),
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(role: Role, content: &str) -> Turn {
        Turn {
            role,
            content: content.to_owned(),
        }
    }

    fn check(template: Option<&str>, turns: &[Turn], expected: &str) {
        let template =
            ChatTemplate::compile(template.map(str::to_owned), "<s>".to_owned(), "</s>".to_owned());
        let rendered = template
            .expect("it compiles")
            .render(turns, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(
            rendered.unwrap_or_else(|error| format!("error: {error}")),
            expected
        );
    }

    #[test]
    fn a_model_without_a_template_is_spoken_to_in_chatml() {
        check(
            None,
            &[turn(Role::System, "Be kind."), turn(Role::User, "Hello")],
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
        );
    }

    #[test]
    fn python_methods_and_the_functions_of_transformers_are_there() {
        check(
            Some(
                "{{ bos_token }}{{ strftime_now('%d %b %Y') }}{{ messages[0]['content'].strip().upper() }}{{ eos_token }}",
            ),
            &[turn(Role::User, " hi ")],
            "<s>01 Jan 1970HI</s>",
        );
    }

    #[test]
    fn blocks_leave_no_blank_lines() {
        check(
            Some(
                "{% for message in messages %}\n    {% if true %}\n{{ message.role }}\n    {% endif %}\n{% endfor %}\n",
            ),
            &[turn(Role::User, "hi")],
            "user\n",
        );
    }

    #[test]
    fn the_template_may_refuse_a_conversation() {
        check(
            Some("{{ raise_exception('roles must alternate') }}"),
            &[turn(Role::User, "hi")],
            "error: invalid operation: roles must alternate (in chat:1)",
        );
    }

    #[test]
    fn a_model_that_refuses_system_messages_gets_them_from_the_user() {
        check(
            Some(
                "{% for message in messages %}{% if message.role == 'system' %}{{ raise_exception('no system') }}\
                 {% endif %}{{ message.role }}: {{ message.content }};{% endfor %}",
            ),
            &[turn(Role::System, "Be kind."), turn(Role::User, "Hello")],
            "user: Be kind.\n\nHello;",
        );
    }
}
