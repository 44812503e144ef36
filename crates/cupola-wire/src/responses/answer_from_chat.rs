//! A whole answer in OpenAI's chat shape, as a response.

use super::echo::{Echo, Standing};
use super::incomplete;
use super::item::{FunctionCall, Kind, call_id, function_call_id};
use crate::json::Json;
use crate::openai::said::{Piece, answer};
use crate::openai::{Broken, Heading, Totals};

/// Writes the first answer of a completion as a response.
pub fn answer_from_chat(
    body: &[u8],
    heading: &Heading<'_>,
    totals: &Totals,
    echo: &Echo,
) -> Result<Vec<u8>, Broken> {
    let answer = answer(body)?;
    let incomplete = incomplete(&answer.finish);
    let status = if incomplete.is_some() {
        "incomplete"
    } else {
        "completed"
    };
    let mut output = Vec::new();
    for (index, piece) in (0_u64..).zip(&answer.pieces) {
        let (kind, text) = match piece {
            Piece::Text(text) => (Kind::Text, text),
            Piece::Refusal(text) => (Kind::Refusal, text),
            Piece::Reasoning(text) => (Kind::Reasoning, text),
            Piece::Call(call) => {
                let call = FunctionCall {
                    id: &function_call_id(heading.id, index),
                    call_id: &call_id(&call.id, heading.id, index),
                    name: &call.name,
                    arguments: &call.arguments,
                };
                output.push(Json::Line(call.item(call.status(incomplete.is_some())).bytes()));
                continue;
            }
        };
        let id = kind.id(heading.id, index);
        output.push(Json::Line(kind.item(&id, status, vec![kind.part(text)]).bytes()));
    }
    let standing = Standing {
        status,
        output,
        error: None,
        incomplete,
        totals: Some(totals),
    };
    Ok(echo.response(heading, standing).bytes())
}
