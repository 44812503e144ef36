//! Anthropic's Messages.

use super::manner::{Manner, versioned};
use cupola_core::Operation;
use http::HeaderName;

#[derive(Debug)]
pub(super) struct Anthropic;

impl Manner for Anthropic {
    fn path(&self, base: &str, _model: &str, operation: Operation) -> Option<String> {
        (operation == Operation::Chat).then(|| format!("{}/messages", versioned(base, "v1")))
    }

    fn key(&self, key: &str) -> Vec<(HeaderName, String)> {
        vec![(HeaderName::from_static("x-api-key"), key.to_owned())]
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }
}
