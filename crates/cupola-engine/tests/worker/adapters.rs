//! LoRA adapters: files that change what the model says.

use std::path::Path;

use serde_json::json;

use crate::harness::{Worker, ask, command, demo_model, refusal, scratch};

const WIDTH: u64 = 256;
const RANK: u64 = 2;

/// An adapter of one matrix of the demo model, with numbers that move what it says.
fn write_adapter(file: &Path, architecture: &str) {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3u32.to_le_bytes());
    bytes.extend(2u64.to_le_bytes());
    bytes.extend(4u64.to_le_bytes());
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    for (key, value) in [
        ("general.type", "adapter"),
        ("general.architecture", architecture),
        ("adapter.type", "lora"),
    ] {
        text(&mut bytes, key);
        bytes.extend(8u32.to_le_bytes());
        text(&mut bytes, value);
    }
    text(&mut bytes, "adapter.lora.alpha");
    bytes.extend(6u32.to_le_bytes());
    bytes.extend((RANK as f32).to_le_bytes());
    let size = WIDTH * RANK * 4;
    for (index, (name, shape)) in [("lora_a", [WIDTH, RANK]), ("lora_b", [RANK, WIDTH])]
        .into_iter()
        .enumerate()
    {
        text(&mut bytes, &format!("blk.0.attn_output.weight.{name}"));
        bytes.extend(2u32.to_le_bytes());
        shape.iter().for_each(|length| bytes.extend(length.to_le_bytes()));
        bytes.extend(0u32.to_le_bytes());
        bytes.extend((index as u64 * size).to_le_bytes());
    }
    bytes.resize(bytes.len().next_multiple_of(32), 0);
    for number in 0..2 * WIDTH * RANK {
        bytes.extend(((number % 7) as f32 - 3.0).to_le_bytes());
    }
    std::fs::write(file, bytes).expect("a scratch file");
}

#[test]
fn an_adapter_changes_the_answer_as_strongly_as_it_is_told() {
    let scratch = scratch();
    let file = scratch.path().join("adapter.gguf");
    write_adapter(&file, "llama");
    let answer = |arguments: &[&str]| {
        let worker = Worker::start(arguments);
        worker
            .chat(ask("What is Cupola?", json!({ "max_tokens": 16 })))
            .content()
    };
    let file = file.to_str().expect("a path");
    let plain = answer(&[]);
    assert_eq!(
        answer(&["--lora", &format!("{file}:0")]),
        plain,
        "a scale of 0 is no adapter"
    );
    assert_ne!(answer(&["--lora", file]), plain);
}

#[test]
fn a_bad_adapter_is_refused_by_name() {
    let scratch = scratch();
    let model = demo_model();
    let socket = scratch.path().join("worker.sock");
    let said = |adapters: &[&Path]| {
        let mut command = command(&model);
        command.arg("--socket").arg(&socket);
        for adapter in adapters {
            command.arg("--lora").arg(adapter);
        }
        refusal(&mut command)
    };
    let missing = scratch.path().join("missing.gguf");
    assert!(said(&[&missing]).contains("missing.gguf"));
    let text = scratch.path().join("text.gguf");
    std::fs::write(&text, "no adapter").expect("a scratch file");
    assert!(said(&[&text]).contains("is not a GGUF model"));
    assert!(
        said(&[&model]).contains("cannot load the adapter"),
        "a model is no adapter"
    );
    let other = scratch.path().join("other.gguf");
    write_adapter(&other, "gemma");
    let refused = said(&[&other]);
    assert!(
        refused.contains("cannot load the adapter") && refused.contains("other.gguf"),
        "{refused}"
    );
    assert!(said(&[&other, &other]).contains("merge them into one file"));
}
