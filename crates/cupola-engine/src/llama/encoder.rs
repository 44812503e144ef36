//! llama.cpp as an encoder: many texts in one batch, one vector for each.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, anyhow, ensure};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{LlamaContextParams, LlamaPoolingType};
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token_type::LlamaTokenAttr;

use super::library::{backend, with_reason};
use super::purpose::Pooling;
use super::{exists, load_file, ours};
use crate::embed::collector::{EncodeError, Encoder};
use crate::embed::frame::Frame;
use crate::embed::wordpiece::WordPiece;
use crate::scheduler::Token;

/// A loaded encoder: what tokenises, from any thread.
pub(crate) struct EncoderModel {
    model: LlamaModel,
    pooling: Pooling,
    /// Ours where the model's tokenizer is WordPiece, llama.cpp's otherwise.
    wordpiece: Option<WordPiece>,
    frame: Frame,
    pair_template: Option<String>,
}

/// The bounds of a batch and its share of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EncoderShape {
    pub(crate) batch_tokens_max: u32,
    pub(crate) batch_texts_max: u32,
    pub(crate) threads: u32,
}

impl EncoderModel {
    /// Loads a file that was checked before. `cancelled` is looked at while it loads.
    pub(crate) fn load(path: &Path, pooling: Pooling, cancelled: Arc<AtomicBool>) -> anyhow::Result<Self> {
        let model = load_file(path, cancelled)?;
        // Asked of the file: `vocab_type` of the crate panics at WordPiece, which it does not know.
        let tokenizer = model.meta_val_str("tokenizer.ggml.model").unwrap_or_default();
        ensure!(
            !matches!(tokenizer.as_str(), "" | "none" | "no_vocab"),
            "the model {} has no tokenizer, so it cannot read texts",
            path.display()
        );
        if pooling == Pooling::Rank {
            let classes = model.n_cls_out();
            ensure!(
                classes <= 2,
                "the model {} sorts texts into {classes} classes; a re-ranker gives one score",
                path.display()
            );
        }
        let segments = model.meta_val_str("tokenizer.ggml.token_type_count").ok();
        let has_segments = segments.is_some_and(|count| count.parse::<u32>().is_ok_and(|count| count > 1));
        if pooling == Pooling::Rank && has_segments {
            tracing::warn!(
                "this re-ranker tells query and document apart by segment, and llama.cpp reads both as the first one; \
                 its scores are not as good as where it was trained"
            );
        }
        let wordpiece = (tokenizer == "bert").then(|| wordpiece(&model)).transpose()?;
        Ok(Self {
            frame: frame(&model, wordpiece.is_some()),
            // What llama.cpp's converter calls the template of a pair, for re-rankers that are instructed models.
            pair_template: model.meta_val_str("tokenizer.chat_template.rerank").ok(),
            model,
            pooling,
            wordpiece,
        })
    }

    /// The tokens of a text, without those that begin and end a sequence.
    pub(crate) fn tokenize(&self, text: &str) -> Vec<Token> {
        if let Some(wordpiece) = &self.wordpiece {
            return wordpiece.tokenize(text);
        }
        let tokens = self.model.vocab().tokenize(text.as_bytes(), false, true);
        tokens.into_iter().map(ours).collect()
    }

    /// The tokens around a text, and between two.
    pub(crate) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// How a pair of texts is written, where the model says so: with `{query}` and `{document}` in it.
    pub(crate) fn pair_template(&self) -> Option<&str> {
        self.pair_template.as_deref()
    }

    /// Whether the model scores pairs of texts and gives no vectors.
    pub(crate) fn scores_pairs(&self) -> bool {
        self.pooling == Pooling::Rank
    }

    /// Whether the scores are probabilities already.
    pub(crate) fn scores_are_probabilities(&self) -> bool {
        // llama.cpp ends the graph of these with a softmax over "yes" and "no".
        self.model.n_cls_out() == 2
    }

    /// The length of a vector.
    pub(crate) fn dimensions(&self) -> usize {
        usize::try_from(self.model.n_embd_out()).unwrap_or_default()
    }

    /// Tokens in the vocabulary.
    pub(crate) fn vocabulary_size(&self) -> u32 {
        u32::try_from(self.model.vocab().n_tokens()).unwrap_or_default()
    }

    /// The longest text that the model was trained on, in tokens.
    pub(crate) fn trained_context_tokens(&self) -> u32 {
        self.model.n_ctx_train()
    }

    pub(crate) fn encoder(&self, shape: EncoderShape) -> anyhow::Result<LlamaEncoder<'_>> {
        let parameters = LlamaContextParams::default()
            .with_embeddings(true)
            .with_pooling_type(match self.pooling {
                Pooling::Mean => LlamaPoolingType::Mean,
                Pooling::First => LlamaPoolingType::Cls,
                Pooling::Last => LlamaPoolingType::Last,
                Pooling::Rank => LlamaPoolingType::Rank,
            })
            // A batch is computed in one go: each token of an encoder looks at all others of its text.
            .with_n_ctx(NonZeroU32::new(shape.batch_tokens_max))
            .with_n_batch(shape.batch_tokens_max)
            .with_n_ubatch(shape.batch_tokens_max)
            .with_n_seq_max(shape.batch_texts_max)
            // The texts of a batch share its tokens in any proportion.
            .with_kv_unified(true)
            .with_n_threads(shape.threads as i32)
            .with_n_threads_batch(shape.threads as i32);
        let context = self
            .model
            .new_context(backend()?, parameters)
            .map_err(|error| with_reason(anyhow!(error)));
        let context = context.with_context(|| {
            format!(
                "llama.cpp cannot make a batch of {} tokens; lower --context",
                shape.batch_tokens_max
            )
        })?;
        Ok(LlamaEncoder {
            context,
            batch: LlamaBatch::new(shape.batch_tokens_max as usize, 1),
        })
    }
}

fn wordpiece(model: &LlamaModel) -> anyhow::Result<WordPiece> {
    let vocabulary = model.vocab();
    let lowercase = model.meta_val_str("tokenizer.ggml.normalizer.lowercase");
    let entries = vocabulary.tokens().map(|token| {
        let text = vocabulary
            .text(token)
            .map_or_else(String::new, |text| text.to_string_lossy().into_owned());
        let is_special = vocabulary
            .attr(token)
            .intersects(LlamaTokenAttr::Control | LlamaTokenAttr::Unknown);
        (ours(token), text, is_special)
    });
    WordPiece::new(entries, lowercase.as_deref() != Ok("false"))
}

fn frame(model: &LlamaModel, is_wordpiece: bool) -> Frame {
    let vocabulary = model.vocab();
    let (first, end, separator) = (vocabulary.bos(), vocabulary.eos(), vocabulary.sep());
    let some = |wanted: bool, token: LlamaToken| (wanted && exists(token)).then(|| ours(token));
    if is_wordpiece {
        // BERT's form, whatever the file says of its tokens: [CLS] text [SEP] text [SEP].
        let separator = some(true, separator);
        return Frame::new(some(true, first), separator.into_iter().collect(), separator);
    }
    let end = some(vocabulary.should_add_eos(), end);
    let separator = some(vocabulary.should_add_sep(), separator);
    Frame::new(
        some(vocabulary.should_add_bos(), first),
        end.into_iter().chain(separator).collect(),
        end,
    )
}

/// The context of an encoder. It remembers nothing from one batch to the next.
pub(crate) struct LlamaEncoder<'model> {
    context: LlamaContext<'model>,
    batch: LlamaBatch<'static>,
}

impl LlamaEncoder<'_> {
    /// Computes one token, so that the weights are in memory before somebody waits for them.
    pub(crate) fn warm_up(&mut self) -> Result<(), EncodeError> {
        self.encode(&[&[Token(0)]]).map(drop)
    }
}

impl Encoder for LlamaEncoder<'_> {
    fn encode(&mut self, texts: &[&[Token]]) -> Result<Vec<Vec<f32>>, EncodeError> {
        self.batch.clear();
        for (sequence, text) in texts.iter().enumerate() {
            for (position, token) in text.iter().enumerate() {
                self.batch
                    .add(LlamaToken(token.0), position as i32, &[sequence as i32], true)
                    .map_err(|error| EncodeError(error.to_string()))?;
            }
        }
        // Causal models that embed keep what they read; an encoder has nothing to forget.
        self.context.clear_kv_cache();
        self.context
            .decode(&mut self.batch)
            .map_err(|error| EncodeError(with_reason(anyhow!(error)).to_string()))?;
        (0..texts.len())
            .map(|sequence| {
                let vector = self.context.embeddings_seq_ith(sequence as i32);
                vector
                    .map(<[f32]>::to_vec)
                    .map_err(|error| EncodeError(error.to_string()))
            })
            .collect()
    }
}
