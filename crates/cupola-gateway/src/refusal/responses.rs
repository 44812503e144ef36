//! Responses that are not there, and what cannot be done with one.

use super::Refusal;
use cupola_core::name::printable;
use cupola_edge::BoxError;
use cupola_store::StoreError;
use cupola_store::responses::KEPT_DAYS;
use cupola_wire::openai::{Surface, envelope};
use http::StatusCode;

impl Refusal {
    /// There is none, or it is somebody else's.
    pub(crate) fn no_such_response(surface: Surface, id: &str) -> Self {
        let message = format!(
            "Response with id '{}' not found. It is there for {KEPT_DAYS} days if it was made with 'store' (which the answer \
             repeats) by the same keys or principal, and not deleted since.",
            printable(id)
        );
        Self::new(surface, StatusCode::NOT_FOUND, "response_not_found", &message)
    }

    /// A request goes on from what is not there; `gone` is what the one that it names goes on from itself.
    pub(crate) fn no_previous_response(surface: Surface, id: &str, gone: Option<&str>) -> Self {
        let whose = match gone {
            None => format!("Previous response with id '{}' not found", printable(id)),
            Some(gone) => format!(
                "Previous response with id '{}' not found, from which '{}' goes on",
                printable(gone),
                printable(id)
            ),
        };
        let message = format!(
            "{whose}: it was deleted, not stored, is older than {KEPT_DAYS} days, or another's. Send the conversation as \
             'input'."
        );
        const CODE: &str = "previous_response_not_found";
        let body = envelope(surface, CODE, &message, Some("previous_response_id"));
        Self::with_body(StatusCode::BAD_REQUEST, CODE, body)
    }

    /// What was said before is more than a request may say.
    pub(crate) fn conversation_too_long(surface: Surface, id: &str, bytes_max: usize) -> Self {
        let message = format!(
            "The conversation up to '{}' is longer than the {bytes_max} bytes, or the 1,000 turns, that a request may go on \
             from. Begin another one, with a summary as 'input'.",
            printable(id)
        );
        const CODE: &str = "context_length_exceeded";
        let body = envelope(surface, CODE, &message, Some("previous_response_id"));
        Self::with_body(StatusCode::BAD_REQUEST, CODE, body)
    }

    pub(crate) fn not_in_background(surface: Surface) -> Self {
        let message = "Cannot cancel a synchronous response: only one that is made in the background can be cancelled. Close \
                       the connection of a request to end it.";
        Self::new(surface, StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    pub(crate) fn not_streamed_again(surface: Surface, id: &str) -> Self {
        let message = format!(
            "The response '{}' was not made in the background, so that its events are over. Leave 'stream' away to read it \
             whole.",
            printable(id)
        );
        let body = envelope(surface, "invalid_value", &message, Some("stream"));
        Self::with_body(StatusCode::BAD_REQUEST, "invalid_value", body)
    }

    pub(crate) fn responses_unread(surface: Surface, error: &StoreError) -> Self {
        tracing::error!(error = %error, "kept responses could not be read");
        let message = "What is kept of responses cannot be read at the moment. Try again shortly.";
        Self::store_away(surface, message)
    }

    pub(crate) fn response_not_deleted(surface: Surface, error: &StoreError) -> Self {
        tracing::error!(error = %error, "a kept response could not be deleted");
        Self::store_away(surface, "The response could not be deleted. Try again shortly.")
    }

    fn store_away(surface: Surface, message: &str) -> Self {
        Self::new(
            surface,
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            message,
        )
        .retry_after(2)
    }

    /// It was sealed with another key, or is none.
    pub(crate) fn unreadable_response(surface: Surface) -> Self {
        let message =
            "What was kept of this response cannot be read; the operator has to look into the server's log.";
        Self::new(
            surface,
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            message,
        )
    }

    /// An answer was there and is not.
    pub(crate) fn answer_lost(surface: Surface, error: &BoxError) -> Self {
        tracing::error!(error = %error, "an answer was lost on its way");
        Self::backend_failed(surface, "The model's answer was lost. Try again.")
    }
}
