//! A BERT of a few thousand random weights as a GGUF: written here, so that no test downloads a model.

use std::path::{Path, PathBuf};

pub(crate) const DIMENSIONS: usize = 32;
pub(crate) const CONTEXT_TOKENS: usize = 64;
const FEED_FORWARD: usize = 64;
const HEADS: u32 = 2;
const LAYERS: usize = 2;

/// What the model gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A vector for each text.
    Embedding,
    /// A score for each pair of texts.
    CrossEncoder,
}

/// Writes the model into the folder and gives its path.
pub(crate) fn write(folder: &Path, kind: Kind) -> PathBuf {
    let path = folder.join("tiny-bert.gguf");
    std::fs::write(&path, Gguf::of(kind).bytes()).expect("a scratch file");
    path
}

/// `[PAD]` 0, `[UNK]` 1, `[CLS]` 2, `[SEP]` 3, then every letter, digit and some signs, as begin and as continuation of a
/// word: a word has as many tokens as letters.
fn vocabulary() -> Vec<String> {
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(str::to_owned);
    let characters = || ('a'..='z').chain('0'..='9').chain(".,?!".chars());
    let begins = characters().map(|character| format!("\u{2581}{character}"));
    let continues = characters().map(|character| character.to_string());
    specials.into_iter().chain(begins).chain(continues).collect()
}

/// A GGUF, version 3, as it is put together.
struct Gguf {
    pairs: Vec<u8>,
    pair_count: u64,
    tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
    seed: u64,
}

impl Gguf {
    fn of(kind: Kind) -> Self {
        let mut gguf = Self {
            pairs: Vec::new(),
            pair_count: 0,
            tensors: Vec::new(),
            seed: 7,
        };
        gguf.describe(kind);
        gguf.fill(kind);
        gguf
    }

    fn describe(&mut self, kind: Kind) {
        let vocabulary = vocabulary();
        self.text("general.architecture", "bert");
        self.text("general.name", "tiny-bert");
        self.number("bert.block_count", LAYERS as u32);
        self.number("bert.context_length", CONTEXT_TOKENS as u32);
        self.number("bert.embedding_length", DIMENSIONS as u32);
        self.number("bert.feed_forward_length", FEED_FORWARD as u32);
        self.number("bert.attention.head_count", HEADS);
        self.key("bert.attention.layer_norm_epsilon", 6);
        self.pairs.extend(1e-6_f32.to_le_bytes());
        self.key("bert.attention.causal", 7);
        self.pairs.push(0);
        self.number("bert.pooling_type", if kind == Kind::Embedding { 1 } else { 4 });
        self.text("tokenizer.ggml.model", "bert");
        self.number("tokenizer.ggml.token_type_count", 2);
        self.number("tokenizer.ggml.unknown_token_id", 1);
        self.number("tokenizer.ggml.bos_token_id", 2);
        self.number("tokenizer.ggml.seperator_token_id", 3);
        self.number("tokenizer.ggml.padding_token_id", 0);
        self.key("tokenizer.ggml.tokens", 9);
        self.pairs.extend(8_u32.to_le_bytes());
        self.pairs.extend((vocabulary.len() as u64).to_le_bytes());
        for token in &vocabulary {
            put_text(&mut self.pairs, token);
        }
        self.key("tokenizer.ggml.token_type", 9);
        self.pairs.extend(5_u32.to_le_bytes());
        self.pairs.extend((vocabulary.len() as u64).to_le_bytes());
        for index in 0..vocabulary.len() {
            // 3 is a control token, 1 an ordinary one.
            let kind: i32 = if index < 4 { 3 } else { 1 };
            self.pairs.extend(kind.to_le_bytes());
        }
    }

    fn fill(&mut self, kind: Kind) {
        let words = vocabulary().len();
        self.random("token_embd.weight", &[DIMENSIONS, words]);
        self.random("position_embd.weight", &[DIMENSIONS, CONTEXT_TOKENS]);
        self.random("token_types.weight", &[DIMENSIONS, 2]);
        self.norm("token_embd_norm");
        for layer in 0..LAYERS {
            for part in ["attn_q", "attn_k", "attn_v", "attn_output"] {
                self.linear(&format!("blk.{layer}.{part}"), DIMENSIONS, DIMENSIONS);
            }
            self.norm(&format!("blk.{layer}.attn_output_norm"));
            self.linear(&format!("blk.{layer}.ffn_up"), DIMENSIONS, FEED_FORWARD);
            self.linear(&format!("blk.{layer}.ffn_down"), FEED_FORWARD, DIMENSIONS);
            self.norm(&format!("blk.{layer}.layer_output_norm"));
        }
        if kind == Kind::CrossEncoder {
            self.linear("cls", DIMENSIONS, DIMENSIONS);
            self.linear("cls.output", DIMENSIONS, 1);
        }
    }

    fn linear(&mut self, name: &str, from: usize, to: usize) {
        self.random(&format!("{name}.weight"), &[from, to]);
        self.random(&format!("{name}.bias"), &[to]);
    }

    fn norm(&mut self, name: &str) {
        self.tensors
            .push((format!("{name}.weight"), vec![DIMENSIONS], vec![1.0; DIMENSIONS]));
        self.tensors
            .push((format!("{name}.bias"), vec![DIMENSIONS], vec![0.0; DIMENSIONS]));
    }

    fn random(&mut self, name: &str, shape: &[usize]) {
        let count = shape.iter().product();
        let values = (0..count).map(|_| self.draw()).collect();
        self.tensors.push((name.to_owned(), shape.to_vec(), values));
    }

    /// From -0.5 to 0.5, the same in every run.
    fn draw(&mut self) -> f32 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    }

    fn key(&mut self, name: &str, kind: u32) {
        put_text(&mut self.pairs, name);
        self.pairs.extend(kind.to_le_bytes());
        self.pair_count += 1;
    }

    fn text(&mut self, name: &str, value: &str) {
        self.key(name, 8);
        put_text(&mut self.pairs, value);
    }

    fn number(&mut self, name: &str, value: u32) {
        self.key(name, 4);
        self.pairs.extend(value.to_le_bytes());
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend(self.pair_count.to_le_bytes());
        bytes.extend(&self.pairs);
        let mut offset = 0;
        for (name, shape, values) in &self.tensors {
            put_text(&mut bytes, name);
            bytes.extend((shape.len() as u32).to_le_bytes());
            for dimension in shape {
                bytes.extend((*dimension as u64).to_le_bytes());
            }
            // 0 is f32.
            bytes.extend(0_u32.to_le_bytes());
            bytes.extend((offset as u64).to_le_bytes());
            offset = (offset + 4 * values.len()).next_multiple_of(32);
        }
        for (_, _, values) in &self.tensors {
            bytes.resize(bytes.len().next_multiple_of(32), 0);
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}
