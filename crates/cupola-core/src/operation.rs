//! What is asked of a model.

use crate::catalog::Task;

/// A kind of inference. Every one has its meters; a route without one cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// An answer in a conversation.
    Chat,
    /// A text that goes on.
    Completions,
    /// Vectors of texts.
    Embeddings,
    /// Vectors of pictures, with or without a text.
    ImageEmbeddings,
    /// Pictures from a text.
    Images,
    /// Documents by how well they answer a question.
    Rerank,
    /// The future of a series.
    Forecast,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 7] = [
        Operation::Chat,
        Operation::Completions,
        Operation::Embeddings,
        Operation::ImageEmbeddings,
        Operation::Images,
        Operation::Rerank,
        Operation::Forecast,
    ];

    /// The name in the ledger, in metrics and in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Chat => "chat",
            Operation::Completions => "completions",
            Operation::Embeddings => "embeddings",
            Operation::ImageEmbeddings => "image-embeddings",
            Operation::Images => "images",
            Operation::Rerank => "rerank",
            Operation::Forecast => "forecast",
        }
    }

    /// Can a model of this task do it?
    pub fn fits(self, task: Task) -> bool {
        match self {
            Operation::Chat => task == Task::ChatCompletion,
            // A chat model completes texts too; whether its backend lets it is the backend's to say.
            Operation::Completions => matches!(task, Task::Completion | Task::ChatCompletion),
            Operation::Embeddings | Operation::ImageEmbeddings => task == Task::Embedding,
            Operation::Images => task == Task::ImageGeneration,
            // Texts can be ranked by how near their vectors are.
            Operation::Rerank => matches!(task, Task::Rerank | Task::Embedding),
            Operation::Forecast => task == Task::Forecasting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_fits_some_task_and_has_a_name_of_its_own() {
        for operation in Operation::ALL {
            assert!(
                Task::ALL.iter().any(|task| operation.fits(*task)),
                "{operation:?}"
            );
            let same = Operation::ALL
                .iter()
                .filter(|other| other.as_str() == operation.as_str());
            assert_eq!(same.count(), 1);
        }
    }
}
