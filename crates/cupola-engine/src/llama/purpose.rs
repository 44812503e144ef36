//! What a model file is for: asked of its header, before the weights are loaded.

use std::path::Path;

use llama_cpp_2::gguf::GgufContext;
use llama_cpp_sys_2::{GGUF_TYPE_STRING, GGUF_TYPE_UINT32};

/// What a worker does with its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Writes text.
    Chat,
    /// Reads text and gives one vector, or one score, for each.
    Encode(Pooling),
}

/// How the vectors of the tokens become one for the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first token.
    First,
    /// That of the last token.
    Last,
    /// A classifier on top gives a score for a pair of texts: a cross-encoder.
    Rank,
}

/// What the file says that it is for. A file that cannot be read is a chat model: loading it will say what is wrong.
pub(crate) fn of(path: &Path) -> Purpose {
    let Some(header) = GgufContext::from_file(path) else {
        return Purpose::Chat;
    };
    let architecture = text(&header, "general.architecture").unwrap_or_default();
    let pooling = number(&header, &format!("{architecture}.pooling_type"));
    decide(architecture, pooling)
}

fn decide(architecture: &str, pooling: Option<u32>) -> Purpose {
    // The numbers are llama.cpp's `llama_pooling_type`.
    match pooling {
        Some(1) => Purpose::Encode(Pooling::Mean),
        Some(2) => Purpose::Encode(Pooling::First),
        Some(3) => Purpose::Encode(Pooling::Last),
        Some(4) => Purpose::Encode(Pooling::Rank),
        // An encoder cannot write, and its converter did not know how its vectors are pooled: most take the mean.
        _ if is_encoder(architecture) => Purpose::Encode(Pooling::Mean),
        _ => Purpose::Chat,
    }
}

/// Architectures that have nothing but an encoder: the BERTs, those named for their embeddings, and T5's half.
fn is_encoder(architecture: &str) -> bool {
    architecture.contains("bert") || architecture.contains("embed") || architecture == "t5encoder"
}

fn text<'header>(header: &'header GgufContext, key: &str) -> Option<&'header str> {
    let index = header.find_key(key);
    // llama.cpp aborts the process when it is asked for another type than the one that is there.
    (index >= 0 && header.kv_type(index) == GGUF_TYPE_STRING)
        .then(|| header.val_str(index))
        .flatten()
}

fn number(header: &GgufContext, key: &str) -> Option<u32> {
    let index = header.find_key(key);
    (index >= 0 && header.kv_type(index) == GGUF_TYPE_UINT32).then(|| header.val_u32(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pooling_decides_and_then_the_architecture() {
        let check = |architecture: &str, pooling: Option<u32>, expected: Purpose| {
            assert_eq!(
                decide(architecture, pooling),
                expected,
                "{architecture} {pooling:?}"
            );
        };
        check("llama", None, Purpose::Chat);
        check("llama", Some(0), Purpose::Chat);
        check("qwen3", Some(3), Purpose::Encode(Pooling::Last));
        check("qwen3", Some(4), Purpose::Encode(Pooling::Rank));
        check("bert", Some(1), Purpose::Encode(Pooling::Mean));
        check("bert", Some(2), Purpose::Encode(Pooling::First));
        check("bert", None, Purpose::Encode(Pooling::Mean));
        check("nomic-bert", Some(0), Purpose::Encode(Pooling::Mean));
        check("gemma-embedding", None, Purpose::Encode(Pooling::Mean));
        check("", None, Purpose::Chat);
    }
}
