//! How servers of a dialect are asked: where, with which headers. What is said to them is `cupola_wire::Dialect`'s.

use super::{anthropic, azure_openai, cohere, model_inference, openai};
use cupola_core::Operation;
use cupola_wire::Dialect;
use http::HeaderName;
use std::fmt::Debug;

/// One file for each.
pub(super) trait Manner: Debug + Send + Sync {
    /// The path of an operation, under the path of the base URL, which has no slash at its end; `None` where such servers
    /// have no route for it.
    fn path(&self, base: &str, model: &str, operation: Operation) -> Option<String>;

    /// The api-version to ask for where the binding names none; `None`: servers of this dialect need none.
    fn api_version(&self, _base: &str) -> Option<&'static str> {
        None
    }

    /// The headers that carry the key.
    fn key(&self, key: &str) -> Vec<(HeaderName, String)> {
        vec![(http::header::AUTHORIZATION, format!("Bearer {key}"))]
    }

    /// What every request says besides.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
}

/// The manner of a dialect.
pub(super) fn manner(dialect: Dialect) -> &'static dyn Manner {
    match dialect {
        Dialect::OpenAi => &openai::OpenAi,
        Dialect::AzureOpenAi => &azure_openai::AzureOpenAi,
        Dialect::ModelInference => &model_inference::ModelInference,
        Dialect::Anthropic => &anthropic::Anthropic,
        Dialect::Cohere => &cohere::Cohere,
    }
}

/// As OpenAI names its routes, and those who followed it.
pub(crate) fn route(operation: Operation) -> Option<&'static str> {
    Some(match operation {
        Operation::Chat => "chat/completions",
        Operation::Completions => "completions",
        Operation::Embeddings => "embeddings",
        Operation::ImageEmbeddings => "images/embeddings",
        Operation::Images => "images/generations",
        Operation::Rerank => "rerank",
        Operation::Forecast => return None,
    })
}

/// `base`, with this version behind it unless it has one already.
pub(super) fn versioned(base: &str, version: &str) -> String {
    match base.rsplit_once('/') {
        Some((_, last)) if last == version => base.to_owned(),
        _ => format!("{base}/{version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, base: &str, operation: Operation, expected: Option<&str>) {
        let found = manner(dialect).path(base, "gpt 4/o", operation);
        assert_eq!(found.as_deref(), expected, "{dialect:?} {base} {operation:?}");
    }

    #[test]
    fn every_dialect_has_its_paths() {
        use Operation::{Chat, Completions, Embeddings, ImageEmbeddings, Images, Rerank};
        check(Dialect::OpenAi, "/v1", Chat, Some("/v1/chat/completions"));
        check(Dialect::OpenAi, "", Completions, Some("/completions"));
        check(Dialect::OpenAi, "/v1", Embeddings, Some("/v1/embeddings"));
        check(Dialect::OpenAi, "/v1", Images, Some("/v1/images/generations"));
        check(Dialect::OpenAi, "/v1", Rerank, Some("/v1/rerank"));
        let azure = Some("/openai/deployments/gpt%204%2Fo/chat/completions");
        check(Dialect::AzureOpenAi, "", Chat, azure);
        check(Dialect::AzureOpenAi, "/openai", Chat, azure);
        check(
            Dialect::AzureOpenAi,
            "/openai/v1",
            Chat,
            Some("/openai/v1/chat/completions"),
        );
        check(Dialect::AzureOpenAi, "", Rerank, None);
        check(
            Dialect::ModelInference,
            "/models",
            Chat,
            Some("/models/chat/completions"),
        );
        check(
            Dialect::ModelInference,
            "",
            ImageEmbeddings,
            Some("/images/embeddings"),
        );
        check(Dialect::ModelInference, "", Rerank, Some("/v2/rerank"));
        check(Dialect::Anthropic, "", Chat, Some("/v1/messages"));
        check(Dialect::Anthropic, "/v1", Chat, Some("/v1/messages"));
        check(
            Dialect::Anthropic,
            "/anthropic",
            Chat,
            Some("/anthropic/v1/messages"),
        );
        check(Dialect::Anthropic, "", Embeddings, None);
        check(Dialect::Cohere, "", Chat, Some("/v2/chat"));
        check(Dialect::Cohere, "/v2", Embeddings, Some("/v2/embed"));
        check(Dialect::Cohere, "/x", ImageEmbeddings, Some("/x/v2/embed"));
        check(Dialect::Cohere, "", Rerank, Some("/v2/rerank"));
        check(Dialect::Cohere, "", Completions, None);
    }

    #[test]
    fn a_route_leads_to_all_that_a_dialect_can_say_and_to_nothing_else() {
        for dialect in Dialect::ALL {
            for operation in Operation::ALL {
                let path = manner(dialect).path("", "m", operation);
                assert_eq!(
                    path.is_some(),
                    dialect.speaks(operation),
                    "{dialect:?} {operation:?}"
                );
                assert!(path.is_none_or(|path| path.parse::<http::Uri>().is_ok()));
            }
        }
    }
}
