//! llama.cpp: the model file, its vocabulary and its decoder.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow, ensure};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token_type::LlamaTokenAttr;
use llama_cpp_2::vocab::{LlamaVocab, VocabType};

use crate::adapter::Adapter;
use crate::grammar::Vocabulary;
use crate::problem::Problem;
use crate::sampling::Advice;
use crate::scheduler::{DecodeError, Decoder, Entry, Token};
use crate::template::{ChatTemplate, Conversation, Specials};
use crate::tools::{Dialect, MARKERS};

pub(crate) mod encoder;
mod library;
pub(crate) mod purpose;

use library::{backend, with_reason};

/// Tokens that llama.cpp computes in one go; larger batches are split into these.
const MICRO_BATCH_TOKENS: u32 = 512;

/// A loaded model: what tokenises and renders, from any thread.
pub(crate) struct Model {
    // Dropped before the model, which it changes.
    adapter: Option<Mutex<(LlamaLoraAdapter, f32)>>,
    model: LlamaModel,
    template: ChatTemplate,
    end_tokens: Vec<Token>,
    specials: Specials,
    /// Control tokens that are shown as text; few, if any.
    markers: Vec<LlamaToken>,
    vocabulary: Arc<Vocabulary>,
    advice: Advice,
}

/// The shape of the decoder's cache and its share of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DecoderShape {
    pub(crate) slots: u32,
    /// Context of each slot.
    pub(crate) context_tokens: u32,
    pub(crate) batch_tokens_max: u32,
    pub(crate) threads: u32,
}

impl Model {
    /// Loads a file that was checked before. `cancelled` is looked at while it loads.
    pub(crate) fn load(
        path: &Path,
        adapter: Option<&Adapter>,
        cancelled: Arc<AtomicBool>,
    ) -> anyhow::Result<Self> {
        let mut model = load_file(path, cancelled)?;
        let adapter = adapter
            .map(|adapter| load_adapter(&mut model, adapter))
            .transpose()?
            .map(Mutex::new);
        let vocabulary = model.vocab();
        ensure!(
            vocabulary.vocab_type() != VocabType::NONE,
            "the model {} has no tokenizer, so it cannot be talked to",
            path.display()
        );
        let source = model.meta_val_str("tokenizer.chat_template").ok();
        let template = ChatTemplate::compile(
            source,
            text(&vocabulary, vocabulary.bos()),
            text(&vocabulary, vocabulary.eos()),
        )?;
        let end_tokens = vocabulary
            .tokens()
            .filter(|token| vocabulary.is_eog(*token))
            .map(ours)
            .collect();
        let is_special = |token: &LlamaToken| {
            let attributes = vocabulary.attr(*token);
            attributes.contains(LlamaTokenAttr::Control)
                || attributes.contains(LlamaTokenAttr::Unknown)
                || vocabulary.is_eog(*token)
        };
        let special: Vec<(LlamaToken, String)> = vocabulary
            .tokens()
            .filter(is_special)
            .map(|token| (token, text(&vocabulary, token)))
            .collect();
        let markers: Vec<LlamaToken> = special
            .iter()
            .filter(|(_, text)| MARKERS.contains(&text.as_str()))
            .map(|(token, _)| *token)
            .collect();
        let specials = Specials::new(special.into_iter().map(|(_, text)| text));
        let pieces = vocabulary.tokens().map(|token| {
            let piece = vocabulary.token_to_piece(token, markers.contains(&token), None);
            (piece, vocabulary.is_eog(token))
        });
        let pieces = Arc::new(Vocabulary::new(pieces));
        let advice = Advice::read(|key| model.meta_val_str(key).ok());
        Ok(Self {
            adapter,
            template,
            end_tokens,
            specials,
            markers,
            vocabulary: pieces,
            advice,
            model,
        })
    }

    /// How it is best sampled.
    pub(crate) fn advice(&self) -> Advice {
        self.advice
    }

    /// The exact prompt of a conversation. What people wrote is read as text, and only what the template writes can
    /// be a control token.
    pub(crate) fn prompt(
        &self,
        conversation: &Conversation,
        now: jiff::Timestamp,
    ) -> Result<Vec<Token>, Problem> {
        let guarded = self.specials.guard(conversation);
        let (conversation, mark) = match &guarded {
            Some((guarded, mark)) => (guarded, Some(*mark)),
            None => (conversation, None),
        };
        let text = self.template.render(conversation, now).map_err(|error| {
            let detail = error
                .detail()
                .map(str::to_owned)
                .unwrap_or_else(|| error.to_string());
            Problem::invalid(
                Some("messages"),
                format!("The model's chat template refuses these messages: {detail}."),
            )
        })?;
        let pieces: Vec<&str> = match mark {
            Some(mark) => text.split(mark).collect(),
            None => vec![&text],
        };
        Ok(self.begun(&pieces))
    }

    /// The tokens of a text that is no conversation. Whoever writes one may write control tokens.
    pub(crate) fn raw_prompt(&self, text: &str) -> Vec<Token> {
        self.begun(&[text])
    }

    /// How many tokens a text has, nothing around it counted.
    pub(crate) fn weigh(&self, text: &str) -> usize {
        self.model.vocab().tokenize(text.as_bytes(), false, false).len()
    }

    /// The tokens of these pieces after the token that begins a sequence.
    fn begun(&self, pieces: &[&str]) -> Vec<Token> {
        let vocabulary = self.model.vocab();
        let mut tokens = Vec::new();
        for piece in pieces {
            tokens.extend(vocabulary.tokenize(piece.as_bytes(), false, true));
        }
        // Some templates write the first token of a sequence themselves, and it must not stand there twice.
        let bos = vocabulary.bos();
        if exists(bos) && vocabulary.should_add_bos() && tokens.first() != Some(&bos) {
            tokens.insert(0, bos);
        }
        tokens.into_iter().map(ours).collect()
    }

    /// How many tokens there are.
    pub(crate) fn tokens(&self) -> i32 {
        self.model.n_vocab()
    }

    /// The bytes of every token.
    pub(crate) fn vocabulary(&self) -> Arc<Vocabulary> {
        Arc::clone(&self.vocabulary)
    }

    /// The text of some tokens, as a completion would show it.
    pub(crate) fn shown(&self, tokens: &[Token]) -> String {
        let mut bytes = Vec::new();
        for token in tokens {
            self.piece(*token, &mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn piece(&self, token: Token, bytes: &mut Vec<u8>) {
        let token = LlamaToken(token.0);
        bytes.reserve(32);
        self.model
            .vocab()
            .token_to_piece_into(token, bytes, self.markers.contains(&token), None);
    }

    /// The form in which the model writes its calls.
    pub(crate) fn dialect(&self) -> Dialect {
        self.template.dialect()
    }

    /// Tokens that end the model's turn.
    pub(crate) fn end_tokens(&self) -> &[Token] {
        &self.end_tokens
    }

    /// A stop string that every request needs because no token ends a turn.
    pub(crate) fn fallback_stop(&self) -> Option<&'static str> {
        self.template.fallback_stop()
    }

    /// The longest context that the model was trained on, in tokens.
    pub(crate) fn trained_context_tokens(&self) -> u32 {
        self.model.n_ctx_train()
    }

    pub(crate) fn decoder(&self, shape: DecoderShape) -> anyhow::Result<LlamaDecoder<'_>> {
        let parameters = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(shape.slots * shape.context_tokens))
            .with_n_seq_max(shape.slots)
            .with_n_batch(shape.batch_tokens_max)
            .with_n_ubatch(shape.batch_tokens_max.min(MICRO_BATCH_TOKENS))
            .with_n_threads(shape.threads as i32)
            .with_n_threads_batch(shape.threads as i32);
        let context = self
            .model
            .new_context(backend()?, parameters)
            .map_err(|error| with_reason(anyhow!(error)));
        let context = context.with_context(|| {
            format!(
                "llama.cpp cannot make a context of {} slots with {} tokens each; lower --slots or --context",
                shape.slots, shape.context_tokens
            )
        })?;
        let mut context = context;
        if let Some(adapter) = &self.adapter {
            let mut adapter = adapter.lock().unwrap_or_else(PoisonError::into_inner);
            let (adapter, scale) = &mut *adapter;
            context
                .lora_adapter_set(adapter, *scale)
                .map_err(|error| with_reason(anyhow!(error)))
                .context("llama.cpp cannot apply the adapter")?;
        }
        let batch = LlamaBatch::new(shape.batch_tokens_max as usize, 1);
        Ok(LlamaDecoder {
            model: self,
            context,
            batch,
        })
    }
}

/// The context and the cache of all slots; each slot is a sequence of its own.
pub(crate) struct LlamaDecoder<'model> {
    model: &'model Model,
    context: LlamaContext<'model>,
    batch: LlamaBatch<'static>,
}

impl LlamaDecoder<'_> {
    /// Computes one token and forgets it, so that the weights are in memory before somebody waits for them.
    pub(crate) fn warm_up(&mut self) -> Result<(), DecodeError> {
        let bos = self.model.model.vocab().bos();
        let token = ours(if exists(bos) { bos } else { LlamaToken(0) });
        self.decode(&[Entry {
            token,
            position: 0,
            slot: 0,
            wants_logits: true,
        }])?;
        self.context.synchronize();
        self.keep(0, 0);
        Ok(())
    }
}

impl Decoder for LlamaDecoder<'_> {
    fn decode(&mut self, batch: &[Entry]) -> Result<(), DecodeError> {
        self.batch.clear();
        for entry in batch {
            let sequence = [entry.slot as i32];
            self.batch
                .add(
                    LlamaToken(entry.token.0),
                    entry.position as i32,
                    &sequence,
                    entry.wants_logits,
                )
                .map_err(|error| DecodeError(error.to_string()))?;
        }
        self.context
            .decode(&mut self.batch)
            .map_err(|error| DecodeError(with_reason(anyhow!(error)).to_string()))
    }

    fn logits(&self, row: usize) -> &[f32] {
        self.context.get_logits_ith(row as i32)
    }

    fn keep(&mut self, slot: usize, tokens: usize) -> usize {
        let sequence = slot as i32;
        match self.context.kv_cache_seq_rm(sequence, Some(tokens as u32), None) {
            Ok(()) => tokens,
            // A recurrent model has one state for all it has read: it forgets everything or nothing.
            Err(_) => {
                let forgotten = self.context.kv_cache_seq_rm(sequence, None, None);
                debug_assert!(forgotten.is_ok(), "a whole sequence can always be forgotten");
                0
            }
        }
    }

    fn piece(&self, token: Token, bytes: &mut Vec<u8>) {
        self.model.piece(token, bytes);
    }

    fn ends(&self, token: Token) -> bool {
        self.model.model.vocab().is_eog(LlamaToken(token.0))
    }
}

/// The weights of a file that was checked before.
fn load_file(path: &Path, cancelled: Arc<AtomicBool>) -> anyhow::Result<LlamaModel> {
    let parameters =
        LlamaModelParams::default().with_progress_callback(move |_| !cancelled.load(Ordering::Relaxed));
    LlamaModel::load_from_file(backend()?, path, &parameters)
        .map_err(|error| with_reason(anyhow!(error)))
        .with_context(|| format!("llama.cpp cannot load the model {}", path.display()))
}

/// An adapter whose file was checked before, and its scale.
fn load_adapter(model: &mut LlamaModel, adapter: &Adapter) -> anyhow::Result<(LlamaLoraAdapter, f32)> {
    let loaded = model
        .lora_adapter_init(&adapter.file)
        .map_err(|error| with_reason(anyhow!(error)))
        .with_context(|| {
            format!(
                "llama.cpp cannot load the adapter {}; it takes LoRA adapters of this model, as convert_lora_to_gguf.py \
                 makes them",
                adapter.file.display()
            )
        })?;
    Ok((loaded, adapter.scale))
}

/// Whether a vocabulary has this special token; llama.cpp must not be asked about one that it has not.
fn exists(token: LlamaToken) -> bool {
    token.0 >= 0
}

fn text(vocabulary: &LlamaVocab<'_>, token: LlamaToken) -> String {
    if !exists(token) {
        return String::new();
    }
    String::from_utf8_lossy(&vocabulary.token_to_piece(token, true, None)).into_owned()
}

fn ours(token: LlamaToken) -> Token {
    Token(token.0)
}
