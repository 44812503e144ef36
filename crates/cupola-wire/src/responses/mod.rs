//! OpenAI's Responses, as a surface: a request becomes a chat request, and the answer comes out as items. Nothing is run
//! here but the model, so that tools which run at a vendor's are refused by their name.

mod answer_from_chat;
mod echo;
mod input;
mod input_items;
mod item;
mod kept;
mod request_to_chat;
mod writer;

pub use answer_from_chat::answer_from_chat;
pub use echo::Echo;
pub use input_items::{ItemsPage, input_items};
pub use kept::{Keeping, context, final_response, kept, response_in, unkept, unkept_events};
pub use request_to_chat::request_to_chat;
pub use writer::ResponsesWriter;

use crate::json::Json;
use crate::openai::Totals;
use crate::openai::said::{Finish, Reason};

/// The id of the response to a request.
pub fn response_id(id: &str) -> String {
    format!("resp_{id}")
}

fn usage(totals: &Totals) -> Json<'static> {
    let usage = totals.usage();
    Json::Object(vec![
        ("input_tokens", Json::Number(totals.prompt)),
        ("output_tokens", Json::Number(totals.completion)),
        ("total_tokens", Json::Number(totals.prompt + totals.completion)),
        (
            "input_tokens_details",
            Json::Object(vec![
                ("cached_tokens", Json::Number(usage.cached_prompt)),
                // Strict clients want it; OpenAI's shape, which we meet in, does not have it.
                ("cache_write_tokens", Json::Number(0)),
            ]),
        ),
        (
            "output_tokens_details",
            Json::Object(vec![("reasoning_tokens", Json::Number(usage.reasoning))]),
        ),
    ])
}

/// Why a response is incomplete; `None` where it is not.
fn incomplete(finish: &Finish) -> Option<&'static str> {
    match finish.reason {
        Reason::Length => Some("max_output_tokens"),
        Reason::ContentFilter => Some("content_filter"),
        Reason::Stop | Reason::ToolCalls => None,
    }
}
