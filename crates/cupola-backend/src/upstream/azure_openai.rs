//! OpenAI behind Azure: the deployment in the path, the key in `api-key`, an api-version in the query. Its newer surface,
//! under `/openai/v1`, has the paths of OpenAI.

use super::manner::{Manner, route, versioned};
use cupola_core::Operation;
use cupola_core::percent;
use http::HeaderName;

// The newest that is generally available.
const API_VERSION: &str = "2024-10-21";

#[derive(Debug)]
pub(super) struct AzureOpenAi;

impl Manner for AzureOpenAi {
    fn path(&self, base: &str, model: &str, operation: Operation) -> Option<String> {
        if matches!(operation, Operation::Rerank | Operation::ImageEmbeddings) {
            return None;
        }
        let route = route(operation)?;
        if is_newer(base) {
            return Some(format!("{base}/{route}"));
        }
        let base = versioned(base, "openai");
        Some(format!("{base}/deployments/{}/{route}", percent::encode(model)))
    }

    fn api_version(&self, base: &str) -> Option<&'static str> {
        (!is_newer(base)).then_some(API_VERSION)
    }

    fn key(&self, key: &str) -> Vec<(HeaderName, String)> {
        vec![(HeaderName::from_static("api-key"), key.to_owned())]
    }
}

fn is_newer(base: &str) -> bool {
    base.ends_with("/openai/v1")
}
