//! `/v1/messages/count_tokens`: how large a prompt is.

use super::request_to_chat::{Needs, translated};
use crate::json::Json;
use crate::openai::Invalid;

/// The prompt of a request to count, as a chat request whose estimate or count is the answer.
pub fn count_tokens_request_to_chat(body: &[u8]) -> Result<Vec<u8>, Invalid> {
    translated(body, Needs::PromptAlone)
}

/// The answer.
pub fn count_tokens(input_tokens: u64) -> Vec<u8> {
    Json::Object(vec![("input_tokens", Json::Number(input_tokens))]).bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_needs_no_bound_for_the_answer() {
        let body = br#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
        let chat = count_tokens_request_to_chat(body).expect("a request");
        assert_eq!(
            String::from_utf8(chat).expect("text"),
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#
        );
        assert_eq!(count_tokens(9), br#"{"input_tokens":9}"#);
    }
}
