use super::*;
use crate::template::{Role, Turn};
use crate::tools::{Choice, Toolbox};

fn chat(body: &str) -> Result<Chat, String> {
    Chat::parse(body.as_bytes()).map_err(|problem| {
        format!(
            "{} {}",
            problem.status().as_u16(),
            String::from_utf8_lossy(&problem.body())
        )
    })
}

/// Adds the fields to a request that is otherwise good and expects its refusal to contain all of `expected`.
fn check_refusal(fields: &str, expected: &[&str]) {
    let refusal = chat(&format!(
        r#"{{"messages":[{{"role":"user","content":"hi"}}],{fields}}}"#
    ));
    let refusal = refusal.expect_err("it should be refused");
    assert!(expected.iter().all(|part| refusal.contains(part)), "{refusal}");
}

#[test]
fn the_smallest_request_gets_the_defaults() {
    let chat = chat(r#"{"messages":[{"role":"user","content":"hi"}],"stop":null,"tools":null,"model":null}"#);
    assert_eq!(
        chat,
        Ok(Chat {
            conversation: Conversation {
                turns: vec![Turn::new(Role::User, "hi".to_owned())],
                toolbox: Toolbox {
                    parallel: true,
                    ..Toolbox::default()
                },
            },
            reply: Reply::Text,
            stream: false,
            include_usage: false,
            sampling: Sampling {
                temperature: None,
                top_p: None,
                min_p: None,
                top_k: None,
                frequency_penalty: 0.0,
                presence_penalty: 0.0,
                logit_bias: Vec::new(),
                seed: None,
                stops: Vec::new(),
                completion_tokens_max: None,
                ignore_end: false,
            },
            logprobs: None,
            choices: 1,
        })
    );
}

#[test]
fn messages_come_in_all_their_shapes() {
    let chat = chat(
        r#"{"messages":[{"content":"Be \"kind\".","role":"developer"},{"role":"assistant"},
           {"role":"user","content":[{"type":"text","text":"one "},{"text":"two","type":"text"}]}],
           "stop":["a","b"],"max_tokens":5,"max_completion_tokens":7,"seed":-1,"unknown":{"x":1}}"#,
    )
    .expect("it is good");
    let contents: Vec<&str> = chat
        .conversation
        .turns
        .iter()
        .map(|turn| turn.content.as_str())
        .collect();
    assert_eq!(contents, ["Be \"kind\".", "", "one two"]);
    assert_eq!(chat.conversation.turns[0].role, Role::System);
    assert_eq!(
        (
            chat.sampling.stops.len(),
            chat.sampling.completion_tokens_max,
            chat.sampling.seed
        ),
        (2, Some(7), Some(u64::MAX))
    );
}

#[test]
fn a_request_that_cannot_be_read_is_a_400() {
    let check = |body: &str, expected: &str| {
        let refusal = chat(body).expect_err("it should be refused");
        assert!(
            refusal.starts_with("400 ") && refusal.contains(expected),
            "{refusal}"
        );
    };
    check("{", "not valid");
    check("[]", "not valid");
    check("{}", "needs 'messages'");
    check(r#"{"messages":[]}"#, "needs 'messages'");
    check(r#"{"messages":[{"role":"user"}]}"#, "messages[0] has no content");
    check(
        r#"{"messages":[{"role":"wizard","content":"hi"}]}"#,
        "The role 'wizard' of messages[0]",
    );
    check(
        r#"{"messages":[{"role":"user","content":7}]}"#,
        "a string or an array of parts",
    );
    check(
        r#"{"messages":[{"role":"user","content":[{"type":"smell"}]}]}"#,
        "part type 'smell'",
    );
    check(
        r#"{"messages":[{"role":"user","content":"hi"}],"max_tokens":0}"#,
        "at least 1",
    );
    check(
        r#"{"messages":[{"role":"user","content":"hi"}],"temperature":"hot"}"#,
        "invalid type",
    );
    check(
        r#"{"messages":[{"role":"user","content":"hi"}],"logit_bias":{"x":1}}"#,
        "not a token number",
    );
}

#[test]
fn what_is_known_and_not_supported_is_a_flat_422() {
    check_refusal(
        r#""n":17"#,
        &[
            "422 ",
            r#""code":"parameter_not_supported""#,
            r#""loc":["body","n"],"input":17"#,
        ],
    );
    check_refusal(
        r#""logprobs":true,"top_logprobs":21"#,
        &["422 ", r#"["body","top_logprobs"]"#],
    );
    check_refusal(
        r#""modalities":["text","audio"]"#,
        &["422 ", r#""input":["text","audio"]"#],
    );
    check_refusal(
        r#""response_format":{"type":"xml"}"#,
        &["422 ", r#""input":"xml""#],
    );
    check_refusal(
        r#""tools":[{"type":"retrieval"}]"#,
        &["422 ", r#"["body","tools"]"#, "retrieval"],
    );
    check_refusal(
        r#""tool_choice":"perhaps""#,
        &["422 ", r#"["body","tool_choice"]"#],
    );
    check_refusal(r#""temperature":2.5"#, &["422 ", r#""input":2.5"#]);
    check_refusal(r#""top_p":-1"#, &["422 ", r#"["body","top_p"]"#]);
    let image = r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}"#;
    assert!(
        chat(image)
            .expect_err("no eyes")
            .contains(r#""input":"image_url""#)
    );
}

#[test]
fn values_that_ask_for_nothing_special_are_welcome() {
    let fields = r#""n":1,"logprobs":false,"modalities":["text"],"response_format":{"type":"text"},"tools":[],"tool_choice":"auto""#;
    assert!(
        chat(&format!(
            r#"{{"messages":[{{"role":"user","content":"hi"}}],{fields}}}"#
        ))
        .is_ok()
    );
}

#[test]
fn tools_are_read_and_chosen() {
    let tools = r#""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g"}}]"#;
    let check = |fields: &str, expected: Choice| {
        let body = format!(r#"{{"messages":[{{"role":"user","content":"hi"}}],{fields}}}"#);
        assert_eq!(
            chat(&body).map(|chat| chat.conversation.toolbox.choice),
            Ok(expected),
            "{fields}"
        );
    };
    check(tools, Choice::Auto);
    check(&format!(r#"{tools},"tool_choice":"none""#), Choice::None);
    check(&format!(r#"{tools},"tool_choice":"required""#), Choice::Required);
    check(
        &format!(r#"{tools},"tool_choice":{{"function":{{"name":"g"}},"type":"function"}}"#),
        Choice::Named("g".to_owned()),
    );
    check(r#""tool_choice":"auto""#, Choice::None);
    check_refusal(r#""tool_choice":"required""#, &["400 ", "there are no tools"]);
    check_refusal(
        &format!(r#"{tools},"tool_choice":{{"type":"function","function":{{"name":"h"}}}}"#),
        &["400 ", "not among the tools"],
    );
    check_refusal(
        r#""tools":[{"type":"function","function":{"name":"a b"}}]"#,
        &["400 ", "tools[0].function.name"],
    );
    check_refusal(
        r#""tools":[{"type":"function","function":{}}]"#,
        &["400 ", "needs a name"],
    );
}

#[test]
fn calls_of_the_past_have_arguments_that_are_objects() {
    let chat = chat(
        r#"{"messages":[{"role":"user","content":"hi"},
           {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
             {"id":"c2","type":"function","function":{"name":"g","arguments":{"b":2}}},{"function":{"name":"h","arguments":"oops"}}]},
           {"role":"tool","tool_call_id":"c1","content":"done"}]}"#,
    )
    .expect("it is good");
    let calls = &chat.conversation.turns[1].tool_calls;
    let arguments: Vec<String> = calls
        .iter()
        .map(|call| call.function.arguments.to_string())
        .collect();
    assert_eq!(arguments, [r#"{"a":1}"#, r#"{"b":2}"#, r#""oops""#]);
    assert_eq!(chat.conversation.turns[2].role, Role::Tool);
    assert_eq!(chat.conversation.turns[2].tool_call_id.as_deref(), Some("c1"));
}

#[test]
fn tokenize_weighs_a_conversation_or_a_text() {
    assert_eq!(
        parse_tokenize(br#"{"content":"hi"}"#),
        Ok(Tokenize::Text("hi".to_owned()))
    );
    assert!(matches!(
        parse_tokenize(br#"{"messages":[{"role":"user","content":"hi"}]}"#),
        Ok(Tokenize::Conversation(_))
    ));
    assert!(parse_tokenize(br#"{"content":"hi","messages":[]}"#).is_err());
    assert!(parse_tokenize(b"{}").is_err());
}
