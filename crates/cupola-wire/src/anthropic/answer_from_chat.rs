//! A whole answer in OpenAI's shape, as clients of Messages read it.

use super::{input, stop_fields, usage};
use crate::json::Json;
use crate::openai::said::{Piece, answer};
use crate::openai::{Broken, Heading, Totals};

/// Writes the first answer of a completion as a message.
pub fn answer_from_chat(body: &[u8], heading: &Heading<'_>, totals: &Totals) -> Result<Vec<u8>, Broken> {
    let answer = answer(body)?;
    let mut content = Vec::new();
    let mut called = 0_u64;
    for piece in &answer.pieces {
        content.push(match piece {
            Piece::Text(text) | Piece::Refusal(text) => {
                vec![("type", Json::text("text")), ("text", Json::text(&**text))]
            }
            Piece::Reasoning(text) => vec![
                ("type", Json::text("thinking")),
                ("thinking", Json::text(&**text)),
                // Nobody signed it, and nobody but the signer reads it again.
                ("signature", Json::text("")),
            ],
            Piece::Call(call) => {
                called += 1;
                let id = match &*call.id {
                    "" => Json::text(tool_id(heading.id, called - 1)),
                    id => Json::text(id),
                };
                vec![
                    ("type", Json::text("tool_use")),
                    ("id", id),
                    ("name", Json::text(&*call.name)),
                    ("input", input(&call.arguments)),
                ]
            }
        });
    }
    let mut fields = vec![
        ("id", Json::text(message_id(heading.id))),
        ("type", Json::text("message")),
        ("role", Json::text("assistant")),
        ("model", Json::text(heading.model)),
        (
            "content",
            Json::Array(content.into_iter().map(Json::Object).collect()),
        ),
    ];
    fields.extend(stop_fields(&answer.finish, called > 0));
    fields.push(("usage", usage(totals)));
    Ok(Json::Object(fields).bytes())
}

pub(super) fn message_id(id: &str) -> String {
    format!("msg_{id}")
}

/// For servers that give their calls no id.
pub(super) fn tool_id(id: &str, at: u64) -> String {
    format!("toolu_{id}_{at}")
}
