//! Tools for models whose template knows none: they are described in the system message, and calls and their
//! results become text.

use serde_json::Value;

use super::{Tool, Toolbox};
use crate::template::{Role, Turn};

/// What the model is told, in the words that Hermes and Qwen are trained on.
fn description(tools: &[Tool]) -> String {
    let definitions: Vec<String> = tools.iter().map(|tool| tool.definition.to_string()).collect();
    format!(
        "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with \
         function signatures within <tools></tools> XML tags:\n<tools>\n{}\n</tools>\n\nFor each function call, \
         return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n\
         <tool_call>\n{{\"name\": <function-name>, \"arguments\": <args-json-object>}}\n</tool_call>",
        definitions.join("\n")
    )
}

/// The conversation with everything about tools written out.
pub(crate) fn spelled_out(turns: Vec<Turn>, toolbox: &Toolbox) -> Vec<Turn> {
    let mut spelled: Vec<Turn> = Vec::with_capacity(turns.len() + 1);
    let mut results = false;
    for turn in turns {
        let is_result = turn.role == Role::Tool;
        let turn = without_calls(turn);
        match spelled.last_mut() {
            // Results of one answer belong to one message, since many templates want roles to alternate.
            Some(before) if is_result && results => {
                before.content.push('\n');
                before.content.push_str(&turn.content);
            }
            _ => spelled.push(turn),
        }
        results = is_result;
    }
    if toolbox.is_open() && !toolbox.tools.is_empty() {
        let description = description(&toolbox.tools);
        match spelled.first_mut().filter(|first| first.role == Role::System) {
            Some(system) => system.content = format!("{}\n\n{description}", system.content),
            None => spelled.insert(0, Turn::new(Role::System, description)),
        }
    }
    spelled
}

fn without_calls(mut turn: Turn) -> Turn {
    if turn.role == Role::Tool {
        let content = format!("<tool_response>\n{}\n</tool_response>", turn.content);
        return Turn::new(Role::User, content);
    }
    for call in std::mem::take(&mut turn.tool_calls) {
        if !turn.content.is_empty() {
            turn.content.push('\n');
        }
        let name = Value::from(call.function.name);
        let arguments = call.function.arguments;
        turn.content.push_str(&format!(
            "<tool_call>\n{{\"name\": {name}, \"arguments\": {arguments}}}\n</tool_call>"
        ));
    }
    turn
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Choice, PastCall, PastFunction};
    use super::*;

    #[test]
    fn calls_and_results_become_text() {
        let mut caller = Turn::new(Role::Assistant, "Let me see.".to_owned());
        caller.tool_calls.push(PastCall {
            id: "call_1".to_owned(),
            kind: "function",
            function: PastFunction {
                name: "f".to_owned(),
                arguments: json!({ "a": 1 }),
            },
        });
        let result = |text: &str| Turn::new(Role::Tool, text.to_owned());
        let turns = vec![
            Turn::new(Role::User, "Hi".to_owned()),
            caller,
            result("one"),
            result("two"),
        ];
        let toolbox = Toolbox {
            tools: vec![Tool {
                name: "f".to_owned(),
                parameters: None,
                definition: json!({ "type": "function", "function": { "name": "f" } }),
            }],
            choice: Choice::Auto,
            parallel: true,
        };
        let spelled = spelled_out(turns, &toolbox);
        let roles: Vec<Role> = spelled.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
        assert!(spelled[0].content.contains(
            r#"<tools>
{"type":"function","function":{"name":"f"}}
</tools>"#
        ));
        assert_eq!(
            spelled[2].content,
            "Let me see.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\":1}}\n</tool_call>"
        );
        assert_eq!(
            spelled[3].content,
            "<tool_response>\none\n</tool_response>\n<tool_response>\ntwo\n</tool_response>"
        );
    }
}
