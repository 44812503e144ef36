//! Whatever a backend streams, and however its bytes are cut: what the client gets is in well-formed frames, and the same.

mod harness;

use cupola_wire::Dialect;
use harness::{Client, check_frames, relay};
use proptest::prelude::*;
use proptest::sample::Index;

/// Pieces of streams, good and bad, that are put together at random.
const PIECES: [&str; 40] = [
    "data: ",
    "data:",
    "event: message_start\n",
    "event: content_block_delta\n",
    ": comment\n",
    "\n",
    "\n\n",
    "\r\n",
    "\r\n\r\n",
    "\r",
    "[DONE]",
    "data: [DONE]\n\n",
    r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
    r#"{"choices":[{"index":0,"delta":{"content":"Hello 天空 \u00e9 \n"}}]}"#,
    r#"{"choices":[{"index":1,"delta":{"content":"two"}}]}"#,
    r#"{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
    r#"{"choices":[{"index":0,"delta":{"refusal":"no"}}]}"#,
    r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}}]}"#,
    r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}}]}"#,
    r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"1}"}}]}}]}"#,
    r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    r#"{"choices":[{"index":0,"delta":{"content":null},"finish_reason":"tool_calls"}]}"#,
    r#"{"choices":[{"index":0,"text":"once","finish_reason":"length"}]}"#,
    r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
    r#"{"choices":[],"usage":{"prompt_tokens":1e400}}"#,
    r#"{"choices":[{"index":128,"delta":{}}]}"#,
    r#"{"choices":null,"x":[1,2,{"y":1e400}]}"#,
    r#"{"error":{"message":"out of memory"}}"#,
    "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[\ndata: ],\"content\":\ndata: \"x\"}}]}",
    "{\"choices\":[{\"index\":0,\t\"delta\":\r{\"content\" : \"x\"}}],\"y\":[ \r ]}",
    r#"{"type":"message_start","message":{"usage":{"input_tokens":3,"output_tokens":1}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
    r#"{"type":"message_stop"}"#,
    r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"a"}}}}"#,
    r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":1,"output_tokens":2}}}}"#,
    "{\"choices\":[{\"ind",
    "[[[[[[",
    "\u{2028}\0",
];

fn streams() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        // As servers write most of them.
        8 => prop::sample::select(&PIECES[12..]).prop_map(|piece| format!("data: {piece}\n\n").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn cut(bytes: &[u8], cuts: &[Index]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| bytes[pair[0]..pair[1]].to_vec())
        .collect()
}

fn check(stream: &[u8], pieces: &[Vec<u8>]) -> Result<(), TestCaseError> {
    for dialect in Dialect::ALL {
        for client in Client::ALL {
            let whole = relay(dialect, client, [stream]);
            if let Err(fault) = check_frames(client, &whole.out) {
                return Err(TestCaseError::fail(format!("{dialect:?} to {client:?}: {fault}")));
            }
            let cut = relay(dialect, client, pieces.iter().map(Vec::as_slice));
            prop_assert_eq!(&whole, &cut, "{:?} to {:?}", dialect, client);
            let bytes = relay(dialect, client, stream.chunks(1));
            prop_assert_eq!(&whole, &bytes, "{:?} to {:?}, a byte at a time", dialect, client);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_stream_comes_out_in_frames_however_it_is_cut(
        stream in streams(),
        cuts in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        check(&stream, &cut(&stream, &cuts))?;
    }
}

#[test]
fn an_event_of_several_lines_goes_out_in_one() {
    let stream = b"data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"x\",\"tool_calls\":[\ndata: {\"index\":0}]}}]}\n\n";
    let relayed = relay(Dialect::OpenAi, Client::OpenAi, [&stream[..]]);
    assert_eq!(check_frames(Client::OpenAi, &relayed.out), Ok(()));
    assert!(String::from_utf8_lossy(&relayed.out).contains(r#""tool_calls":[ {"index":0}"#));
}
