//! Questions about usage that are not answered.

use super::Refusal;
use cupola_store::StoreError;
use cupola_wire::openai::Surface;
use http::StatusCode;

impl Refusal {
    /// A parameter of the query that cannot be read.
    pub(crate) fn bad_parameter(surface: Surface, why: &str) -> Self {
        let message = format!("The query cannot be read: {why}");
        Self::new(surface, StatusCode::BAD_REQUEST, "invalid_request", &message)
    }

    pub(crate) fn usage_unread(surface: Surface, error: &StoreError) -> Self {
        if let StoreError::TooLong { .. } = error {
            let message = format!("The usage cannot be shown: {error}.");
            return Self::new(surface, StatusCode::BAD_REQUEST, "invalid_request", &message);
        }
        tracing::error!(error = %error, "the usage of a site could not be read");
        let message = "The usage cannot be read at the moment. Try again shortly.";
        Self::new(
            surface,
            StatusCode::SERVICE_UNAVAILABLE,
            "LedgerUnavailable",
            message,
        )
        .retry_after(2)
    }
}
