//! Azure's Model Inference API: serverless endpoints and the `/models` of a Foundry resource.

use super::manner::{Manner, route, versioned};
use cupola_core::Operation;
use http::HeaderName;

const API_VERSION: &str = "2024-05-01-preview";

#[derive(Debug)]
pub(super) struct ModelInference;

impl Manner for ModelInference {
    fn path(&self, base: &str, _model: &str, operation: Operation) -> Option<String> {
        match operation {
            // Ranking stands beside it, with the path of those who made it.
            Operation::Rerank => Some(format!("{}/rerank", versioned(base, "v2"))),
            _ => route(operation).map(|route| format!("{base}/{route}")),
        }
    }

    fn api_version(&self, _base: &str) -> Option<&'static str> {
        Some(API_VERSION)
    }

    // Serverless endpoints read the one and Foundry resources the other; the service's own clients send both.
    fn key(&self, key: &str) -> Vec<(HeaderName, String)> {
        vec![
            (http::header::AUTHORIZATION, format!("Bearer {key}")),
            (HeaderName::from_static("api-key"), key.to_owned()),
        ]
    }

    // Which extra parameters may pass was decided when the request came in.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("extra-parameters", "pass-through")]
    }
}
