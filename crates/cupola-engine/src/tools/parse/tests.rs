use proptest::prelude::*;
use serde_json::json;

use super::super::{Choice, Tool};
use super::*;

fn toolbox(parallel: bool) -> Toolbox {
    let tool = |name: &str| Tool {
        name: name.to_owned(),
        parameters: None,
        definition: json!({}),
    };
    Toolbox {
        tools: vec![tool("f"), tool("g")],
        choice: Choice::Auto,
        parallel,
    }
}

/// The parts as `text`, `!name(arguments)`, separated by `|`.
fn parsed(dialect: Dialect, parallel: bool, pieces: &[&str]) -> String {
    let mut parser = CallParser::new(dialect, &toolbox(parallel));
    let mut parts: Vec<Part> = Vec::new();
    let mut take = |parser: &mut CallParser| {
        while let Some(part) = parser.next() {
            match (parts.last_mut(), part) {
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, part) => parts.push(part),
            }
        }
    };
    for piece in pieces {
        parser.push(piece);
        take(&mut parser);
    }
    parser.finish();
    take(&mut parser);
    let show = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Call { name, arguments } => format!("!{name}({arguments})"),
    };
    parts.iter().map(show).collect::<Vec<_>>().join("|")
}

fn check(dialect: Dialect, text: &str, expected: &str) {
    assert_eq!(parsed(dialect, true, &[text]), expected, "{text:?}");
    let letters: Vec<String> = text.chars().map(String::from).collect();
    let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
    assert_eq!(
        parsed(dialect, true, &letters),
        expected,
        "{text:?} letter by letter"
    );
}

#[test]
fn hermes() {
    let check = |text, expected| check(Dialect::Hermes, text, expected);
    check("Hello there. ", "Hello there. ");
    check(
        "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>",
        "!f({\"a\":1})",
    );
    check(
        "Let me see.\n<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"g\"}</tool_call>\n",
        "Let me see.|!f({})|!g({})",
    );
    check(
        "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":\"</tool_call>\"}}</tool_call>",
        "!f({\"a\":\"</tool_call>\"})",
    );
    check("<tool_call>{\"name\":\"f\",\"arguments\":{}}", "!f({})");
    check("<tool_call>{\"name\":\"f\"}</tool_call> Done.", "!f({})| Done.");
}

#[test]
fn what_is_no_call_is_text() {
    let check = |text, expected| check(Dialect::Hermes, text, expected);
    check("a <tool_ca b", "a <tool_ca b");
    check("use <tool_call> for it", "use <tool_call> for it");
    check(
        "<tool_call>{\"name\": oops}</tool_call>",
        "<tool_call>{\"name\": oops}</tool_call>",
    );
    check(
        "<tool_call>{\"name\": \"f\", \"argu",
        "<tool_call>{\"name\": \"f\", \"argu",
    );
    check("{\"name\":\"f\"}", "{\"name\":\"f\"}");
    check("  \n", "  \n");
    check("x <", "x <");
}

#[test]
fn llama() {
    let check = |text, expected| check(Dialect::Llama, text, expected);
    check(
        "{\"name\": \"f\", \"parameters\": {\"a\": \"}\"}}",
        "!f({\"a\":\"}\"})",
    );
    check(
        "<|python_tag|>{\"name\":\"f\",\"parameters\":{}}; {\"name\":\"g\",\"parameters\":{}}",
        "!f({})|!g({})",
    );
    check(
        "{\"name\": \"unknown\", \"parameters\": {}}",
        "{\"name\": \"unknown\", \"parameters\": {}}",
    );
    check("{\"answer\": 42}", "{\"answer\": 42}");
    check("<|python_tag|>print(1)", "<|python_tag|>print(1)");
    check("I say {\"name\":\"f\"}", "I say {\"name\":\"f\"}");
}

#[test]
fn mistral() {
    let check = |text, expected| check(Dialect::Mistral, text, expected);
    check(
        "[TOOL_CALLS] [{\"name\":\"f\",\"arguments\":{}}, {\"name\":\"g\",\"arguments\":\"{}\"}]",
        "!f({})|!g({})",
    );
    check(
        "[TOOL_CALLS]f[ARGS]{\"a\":1}[TOOL_CALLS]g[CALL_ID]123456789[ARGS]{}",
        "!f({\"a\":1})|!g({})",
    );
    check("Hi [TOOL_CALLS]f{\"a\":1}", "Hi|!f({\"a\":1})");
}

#[test]
fn one_call_is_enough_where_one_is_wanted() {
    let text = "<tool_call>{\"name\":\"f\"}</tool_call><tool_call>{\"name\":\"g\"}</tool_call> bye";
    assert_eq!(parsed(Dialect::Hermes, false, &[text]), "!f({})");
}

/// Pieces of what models write, good and broken.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        Just("<tool_call>"),
        Just("</tool_call>"),
        Just("[TOOL_CALLS]"),
        Just("[ARGS]"),
        Just("<|python_tag|>"),
        Just("{\"name\":\"f\",\"arguments\":{\"a\":\"b\"}}"),
        Just("{\"name\":\"g\",\"parameters\":{}}"),
        Just("[{\"name\":\"f\"}]"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just("\""),
        Just("\\"),
        Just(" "),
        Just("\n"),
        Just(";"),
        Just("f"),
        Just("é🦀"),
        Just("<tool"),
        Just("[TOOL_"),
    ];
    prop::collection::vec(fragment, 0..12).prop_map(|fragments| fragments.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Where the text is split makes no difference, and no letter is made up.
    #[test]
    fn the_split_makes_no_difference(text in fragments(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), kind in 0..3usize) {
        let dialect = [Dialect::Hermes, Dialect::Llama, Dialect::Mistral][kind];
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).filter(|at| text.is_char_boundary(*at)).collect();
        ends.push(text.len());
        ends.sort_unstable();
        let mut begin = 0;
        let pieces: Vec<&str> = ends.iter().map(|end| { let piece = &text[begin..*end]; begin = *end; piece }).collect();
        prop_assert_eq!(parsed(dialect, true, &pieces), parsed(dialect, true, &[&text]), "{:?}", pieces);
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        parsed(Dialect::Llama, true, &[&text]);
    }
}
