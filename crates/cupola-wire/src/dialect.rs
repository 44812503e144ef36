//! The languages of model servers. All meet in OpenAI's: a request comes to a backend in OpenAI's shape and is said in the
//! backend's own, an answer is turned back. What a client and its backend speak alike is never turned at all.

use crate::openai::{self, Broken};
use crate::{anthropic, cohere};
use cupola_core::operation::Operation;
use std::fmt::Debug;

/// What a model server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// OpenAI's: vLLM, the server of llama.cpp, SGLang, Ollama, TGI, and our own workers.
    #[default]
    OpenAi,
    /// OpenAI's behind Azure: the deployment stands in the path, the key in `api-key`.
    AzureOpenAi,
    /// Azure's Model Inference API.
    ModelInference,
    /// Anthropic's Messages.
    Anthropic,
    /// Cohere's own, version 2.
    Cohere,
}

/// Why something cannot be said in a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Untranslatable {
    /// The parameter, as the client wrote it.
    pub param: String,
    /// A sentence.
    pub message: String,
}

/// Turns the events of a stream into chunks of OpenAI's shape.
pub trait Reader: Debug + Send {
    /// Takes the payload of an event and gives each chunk that follows from it to `each`; the end of the stream is the
    /// payload `[DONE]`, a failure a chunk with `error`.
    fn event(&mut self, payload: &[u8], each: &mut dyn FnMut(&[u8]));
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Dialect; 5] = [
        Dialect::OpenAi,
        Dialect::AzureOpenAi,
        Dialect::ModelInference,
        Dialect::Anthropic,
        Dialect::Cohere,
    ];

    /// The name in bindings and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::OpenAi => "openai",
            Dialect::AzureOpenAi => "azure-openai",
            Dialect::ModelInference => "model-inference",
            Dialect::Anthropic => "anthropic",
            Dialect::Cohere => "cohere",
        }
    }

    /// The dialect of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == text)
    }

    /// Is there a way to say it?
    pub fn speaks(self, operation: Operation) -> bool {
        match self {
            Dialect::OpenAi | Dialect::ModelInference => operation != Operation::Forecast,
            Dialect::AzureOpenAi => !matches!(
                operation,
                Operation::Forecast | Operation::Rerank | Operation::ImageEmbeddings
            ),
            Dialect::Anthropic => operation == Operation::Chat,
            Dialect::Cohere => matches!(
                operation,
                Operation::Chat | Operation::Embeddings | Operation::ImageEmbeddings | Operation::Rerank
            ),
        }
    }

    /// The request, in OpenAI's shape, as a backend of this dialect gets it; `None` where it goes as it came. `model` is
    /// the backend's name for the model.
    pub fn request(
        self,
        operation: Operation,
        body: &[u8],
        model: &str,
    ) -> Result<Option<Vec<u8>>, Untranslatable> {
        match (self, operation) {
            _ if !self.speaks(operation) => Err(self.does_not_speak(operation)),
            (Dialect::ModelInference, Operation::Chat) => {
                openai::chat_request_to_model_inference(body, model)
            }
            (Dialect::ModelInference, Operation::Images) => {
                openai::images_request_to_model_inference(body, model).map(Some)
            }
            (Dialect::OpenAi | Dialect::AzureOpenAi, Operation::Images) => {
                openai::images_request_is_openais(body).map(|()| None)
            }
            (Dialect::AzureOpenAi, Operation::Embeddings) => openai::embeddings_request_to_azure(body, model),
            (Dialect::OpenAi | Dialect::AzureOpenAi | Dialect::ModelInference, _) => Ok(None),
            (Dialect::Anthropic, Operation::Chat) => anthropic::request_from_chat(body, model).map(Some),
            (Dialect::Cohere, Operation::Chat) => cohere::request_from_chat(body, model).map(Some),
            (Dialect::Cohere, Operation::Embeddings) => {
                cohere::embed_request_from_openai(body, model).map(Some)
            }
            (Dialect::Cohere, Operation::ImageEmbeddings) => {
                cohere::image_embed_request_from_openai(body, model).map(Some)
            }
            // Everybody ranks as Cohere does.
            (Dialect::Cohere, Operation::Rerank) => Ok(None),
            _ => Err(self.does_not_speak(operation)),
        }
    }

    /// Turns the events of a streamed answer into chunks of OpenAI's shape; `None` where they are chunks already.
    pub fn reader(self) -> Option<Box<dyn Reader>> {
        match self {
            Dialect::Anthropic => Some(Box::new(anthropic::MessagesReader::default())),
            Dialect::Cohere => Some(Box::new(cohere::ChatReader::default())),
            _ => None,
        }
    }

    /// An answer of a backend of this dialect in OpenAI's shape; `None` where it has that shape already.
    pub fn answer(self, operation: Operation, body: &[u8]) -> Result<Option<Vec<u8>>, Broken> {
        match (self, operation) {
            (Dialect::ModelInference, Operation::Images) => {
                openai::images_answer_from_model_inference(body).map(Some)
            }
            (Dialect::OpenAi | Dialect::AzureOpenAi | Dialect::ModelInference, _) => Ok(None),
            (Dialect::Anthropic, Operation::Chat) => anthropic::answer_to_chat(body).map(Some),
            (Dialect::Cohere, Operation::Chat) => cohere::answer_to_chat(body).map(Some),
            (Dialect::Cohere, Operation::Embeddings | Operation::ImageEmbeddings) => {
                cohere::embed_answer_to_openai(body).map(Some)
            }
            (Dialect::Cohere, Operation::Rerank) => Ok(None),
            _ => Err(Broken(self.does_not_speak(operation).message)),
        }
    }

    fn does_not_speak(self, operation: Operation) -> Untranslatable {
        Untranslatable {
            param: "model".to_owned(),
            message: format!(
                "The model is behind a server that speaks '{}', which has no way to ask for '{}'.",
                self.as_str(),
                operation.as_str()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_of_openai_is_spoken_as_it_comes_and_nothing_is_said_that_a_dialect_cannot() {
        for dialect in Dialect::ALL {
            for operation in Operation::ALL {
                if !dialect.speaks(operation) {
                    let refused = dialect.request(operation, b"{}", "m").expect_err("no way");
                    assert!(refused.message.contains(operation.as_str()), "{refused}");
                }
            }
        }
        for dialect in [Dialect::OpenAi, Dialect::AzureOpenAi, Dialect::ModelInference] {
            assert_eq!(dialect.request(Operation::Chat, b"{}", "m"), Ok(None));
            assert_eq!(dialect.answer(Operation::Chat, b"{}"), Ok(None));
            assert!(dialect.reader().is_none());
        }
    }

    #[test]
    fn whatever_a_dialect_speaks_can_be_asked_for() {
        for (operation, body) in [
            (
                Operation::Chat,
                r#"{"messages":[{"role":"user","content":"hi"}]}"#,
            ),
            (Operation::Embeddings, r#"{"input":["a"]}"#),
            (Operation::ImageEmbeddings, r#"{"input":[{"image":"u"}]}"#),
            (Operation::Images, r#"{"prompt":"a"}"#),
            (Operation::Rerank, r#"{"query":"q","documents":["a"]}"#),
        ] {
            for dialect in Dialect::ALL
                .into_iter()
                .filter(|dialect| dialect.speaks(operation))
            {
                let asked = dialect.request(operation, body.as_bytes(), "m").expect(body);
                let asked = String::from_utf8(asked.unwrap_or_default()).expect("text");
                assert!(
                    asked.is_empty() || asked.contains(r#""model":"m""#),
                    "{dialect:?}: {asked}"
                );
            }
        }
    }

    #[test]
    fn every_dialect_is_found_by_its_name() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::parse(dialect.as_str()), Some(dialect));
        }
    }
}
