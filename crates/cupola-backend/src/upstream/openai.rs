//! OpenAI and those who speak as it does: vLLM, the server of llama.cpp, SGLang, Ollama, TGI.

use super::manner::{Manner, route};
use cupola_core::Operation;

#[derive(Debug)]
pub(super) struct OpenAi;

impl Manner for OpenAi {
    fn path(&self, base: &str, _model: &str, operation: Operation) -> Option<String> {
        route(operation).map(|route| format!("{base}/{route}"))
    }
}
