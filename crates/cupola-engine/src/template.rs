//! The chat template that travels in the model file: a conversation in, the prompt's text out.

use anyhow::Context;
use minijinja::{Environment, ErrorKind, Value, context};
use serde::Serialize;

use crate::tools::{Dialect, PastCall, Toolbox, spelled_out};

mod guard;
mod json;

pub(crate) use guard::Specials;

/// What models without a template of their own mostly understand.
const CHATML: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n\
                      {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Turn {
    pub(crate) role: Role,
    pub(crate) content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tool_calls: Vec<PastCall>,
    /// The call that a result belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

impl Turn {
    pub(crate) fn new(role: Role, content: String) -> Self {
        Self {
            role,
            content,
            tool_calls: Vec::new(),
            tool_call_id: None,
            name: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    System,
    User,
    Assistant,
    Tool,
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Conversation {
    pub(crate) turns: Vec<Turn>,
    pub(crate) toolbox: Toolbox,
}

/// A compiled template.
pub(crate) struct ChatTemplate {
    environment: Environment<'static>,
    bos: String,
    eos: String,
    /// Whether the template writes tools and their results itself.
    knows_tools: bool,
    dialect: Dialect,
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
        let source = source.unwrap_or_else(|| CHATML.to_owned());
        let knows_tools = source.contains("tools");
        let dialect = Dialect::of(&source);
        let mut environment = Environment::new();
        // As transformers sets its own environment up; templates are written against that.
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        environment.add_filter("tojson", json::tojson);
        environment
            .add_template_owned("chat", source)
            .context("the chat template of the model cannot be compiled")?;
        Ok(Self {
            environment,
            bos,
            eos,
            knows_tools,
            dialect,
            fallback_stop,
        })
    }

    /// The prompt's text, ending where the assistant begins to speak.
    pub(crate) fn render(
        &self,
        conversation: &Conversation,
        now: jiff::Timestamp,
    ) -> Result<String, minijinja::Error> {
        let toolbox = &conversation.toolbox;
        let speaks_of_tools = toolbox.is_open() || conversation.turns.iter().any(is_about_tools);
        if speaks_of_tools && !self.knows_tools {
            let turns = spelled_out(conversation.turns.clone(), toolbox);
            return self.render_either_way(&turns, &Toolbox::default(), now);
        }
        self.render_either_way(&conversation.turns, toolbox, now)
    }

    fn render_either_way(
        &self,
        turns: &[Turn],
        toolbox: &Toolbox,
        now: jiff::Timestamp,
    ) -> Result<String, minijinja::Error> {
        match self.render_turns(turns, toolbox, now) {
            // A model that refuses system messages is told the same by its user.
            Err(error) if error.kind() == ErrorKind::InvalidOperation && turns.iter().any(is_system) => self
                .render_turns(&without_system(turns), toolbox, now)
                .map_err(|_| error),
            result => result,
        }
    }

    /// The form in which the model writes its calls.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn fallback_stop(&self) -> Option<&'static str> {
        self.fallback_stop
    }

    fn render_turns(
        &self,
        turns: &[Turn],
        toolbox: &Toolbox,
        now: jiff::Timestamp,
    ) -> Result<String, minijinja::Error> {
        let definitions: Vec<&serde_json::Value> =
            toolbox.tools.iter().map(|tool| &tool.definition).collect();
        // Templates ask whether there are tools by comparing with none.
        let tools = match toolbox.is_open() && !definitions.is_empty() {
            true => Value::from_serialize(definitions),
            false => Value::from(()),
        };
        let strftime_now = move |format: &str| now.strftime(format).to_string();
        self.environment.get_template("chat")?.render(context! {
            messages => turns,
            tools => tools,
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

fn is_about_tools(turn: &Turn) -> bool {
    turn.role == Role::Tool || !turn.tool_calls.is_empty()
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
        None => rest.insert(0, Turn::new(Role::User, words.join("\n\n"))),
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(role: Role, content: &str) -> Turn {
        Turn::new(role, content.to_owned())
    }

    fn check(template: Option<&str>, turns: &[Turn], expected: &str) {
        let template =
            ChatTemplate::compile(template.map(str::to_owned), "<s>".to_owned(), "</s>".to_owned());
        let conversation = Conversation {
            turns: turns.to_vec(),
            toolbox: Toolbox::default(),
        };
        let rendered = template
            .expect("it compiles")
            .render(&conversation, jiff::Timestamp::UNIX_EPOCH);
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

    #[test]
    fn tools_are_given_to_a_template_that_knows_them() {
        let source = "{% if tools is not none %}{% for tool in tools %}{{ tool | tojson }}{% endfor %}{% endif %}\
                      {% for message in messages %}{% for call in message.tool_calls or [] %}\
                      {{ call.function.name }} {{ call.function.arguments | tojson }}{% endfor %}{% endfor %}";
        let mut caller = turn(Role::Assistant, "");
        caller.tool_calls.push(PastCall {
            id: "call_1".to_owned(),
            kind: "function",
            function: crate::tools::PastFunction {
                name: "f".to_owned(),
                arguments: serde_json::json!({ "b": "<é>", "a": 1 }),
            },
        });
        let definition = serde_json::json!({ "type": "function", "function": { "name": "f" } });
        let conversation = Conversation {
            turns: vec![caller],
            toolbox: Toolbox {
                tools: vec![crate::tools::Tool {
                    name: "f".to_owned(),
                    parameters: None,
                    definition,
                }],
                choice: crate::tools::Choice::Auto,
                parallel: true,
            },
        };
        let template = ChatTemplate::compile(Some(source.to_owned()), String::new(), String::new());
        let rendered = template
            .expect("it compiles")
            .render(&conversation, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(
            rendered.expect("it renders"),
            r#"{"type": "function", "function": {"name": "f"}}f {"b": "<é>", "a": 1}"#
        );
    }
}
