//! Vectors of texts and pictures: unit length, and the same for the same text.

use super::Scene;
use super::chance::Chance;
use super::text::state;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

const INPUTS_MAX: usize = 2_048;
const DIMENSIONS_MAX: u64 = 16_384;

pub(super) fn answer(scene: &Scene<'_>) -> Result<Value, String> {
    let body: Value =
        serde_json::from_slice(&scene.call.body).map_err(|error| format!("The body is no JSON: {error}."))?;
    let inputs = inputs(&body["input"])?;
    let dimensions = match &body["dimensions"] {
        Value::Null => u64::from(scene.settings.dimensions),
        wanted => wanted
            .as_u64()
            .filter(|wanted| (1..=DIMENSIONS_MAX).contains(wanted))
            .ok_or_else(|| format!("dimensions must be a whole number from 1 to {DIMENSIONS_MAX}."))?,
    };
    let packed = body["encoding_format"] == "base64";
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(scene.settings.seed, input, dimensions as usize);
            json!({ "object": "embedding", "index": index, "embedding": written(&vector, packed) })
        })
        .collect();
    Ok(scene.with_usage(json!({ "object": "list", "data": data }), scene.usage_of_prompt()))
}

// A text, texts, a text as token numbers, or several of those; pictures are objects.
fn inputs(input: &Value) -> Result<Vec<String>, String> {
    let plain = |one: &Value| one.as_str().map_or_else(|| one.to_string(), str::to_owned);
    match input {
        Value::Null => Err("input is required: a text, or an array of texts.".to_owned()),
        Value::Array(many) if many.is_empty() || many.len() > INPUTS_MAX && !many[0].is_number() => {
            Err(format!("input must have from 1 to {INPUTS_MAX} texts."))
        }
        Value::Array(many) if !many[0].is_number() => Ok(many.iter().map(plain).collect()),
        one => Ok(vec![plain(one)]),
    }
}

fn vector(seed: u64, input: &str, dimensions: usize) -> Vec<f32> {
    let mut chance = Chance::new(state(seed, input.as_bytes()), 0);
    let raw: Vec<f64> = (0..dimensions).map(|_| chance.normal()).collect();
    let length = raw
        .iter()
        .map(|part| part * part)
        .sum::<f64>()
        .sqrt()
        .max(f64::MIN_POSITIVE);
    raw.into_iter().map(|part| (part / length) as f32).collect()
}

fn written(vector: &[f32], packed: bool) -> Value {
    if packed {
        let bytes: Vec<u8> = vector.iter().flat_map(|part| part.to_le_bytes()).collect();
        return BASE64_STANDARD.encode(bytes).into();
    }
    vector.iter().map(|part| f64::from(*part)).collect()
}
