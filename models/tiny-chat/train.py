"""Trains tiny-chat from nothing and writes tiny-chat.gguf.

    python3 train.py

Stages: dialogues (dialogues/generate.py) -> byte-level BPE -> a small Llama on the CPU -> GGUF.
The data and the first weights follow from --seed. --steps fixes the amount of training; --minutes is a guard
for slow machines and shortens the schedule, so only a run that is limited by --steps is comparable with another.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn

from dialogues import generate

HERE = Path(__file__).parent
END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = [END_OF_TEXT, START, END]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


class Shape:
    vocabulary = 4096
    hidden = 256
    layers = 4
    heads = 4
    inner = 768
    context = 1024
    rope_base = 10000.0
    epsilon = 1e-5


# --- tokenizer -------------------------------------------------------------------------------------------------------


def train_tokenizer(seed, dialogues=30000):
    """Byte-level BPE. The pre-tokenizer is GPT-2's, which llama.cpp calls `gpt-2`."""
    source = generate.training(seed + 1000)
    texts = (message["content"] for _ in range(dialogues) for message in next(source))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=Shape.vocabulary,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(tokenizer, messages):
    """Token ids, and for each whether the model has to learn to say it."""
    special = {name: tokenizer.token_to_id(name) for name in SPECIAL}
    newline = tokenizer.encode("\n").ids
    ids, spoken = [], []

    def add(tokens, say):
        ids.extend(tokens)
        spoken.extend([say] * len(tokens))

    for message in messages:
        say = message["role"] == "assistant"
        add([special[START]] + tokenizer.encode(message["role"] + "\n").ids, False)
        add(tokenizer.encode(message["content"]).ids + [special[END]], say)
        add(newline, False)
    return ids, spoken


class Rows:
    """Rows of `length` tokens, each filled with whole dialogues that cannot see each other."""

    def __init__(self, tokenizer, seed, cut=0.0, turns=None):
        self.tokenizer, self.source, self.cut, self.drill = tokenizer, generate.training(seed, turns), cut, 0.0
        self.chance, self.waiting = random.Random(seed), []

    def dialogue(self):
        """Ids and what is to be said. Answers are soon known by heart, and what stays difficult is to choose the right
        one: so most dialogues end a few words into their last answer, and more of them fit into a row."""
        if self.drill and self.chance.random() < self.drill:
            return self.copying()
        ids, spoken = encode(self.tokenizer, next(self.source))
        begin = len(spoken) - 1 - spoken[::-1].index(True)
        while spoken[begin - 1]:
            begin -= 1
        if self.chance.random() < self.cut:
            ids, spoken = ids[: begin + 14], spoken[: begin + 14]
        return ids, spoken

    def copying(self):
        """Random tokens to say again. Copying a name is one skill for all names, and this teaches it quickly."""
        start, end = self.tokenizer.token_to_id(START), self.tokenizer.token_to_id(END)
        words = [self.chance.randrange(len(SPECIAL), Shape.vocabulary) for _ in range(self.chance.randint(2, 20))]
        asked = [start] + self.tokenizer.encode("user\nrepeat: ").ids + words + [end] + self.tokenizer.encode("\n").ids
        asked += [start] + self.tokenizer.encode("assistant\n").ids
        return asked + words + [end], [False] * len(asked) + [True] * (len(words) + 1)

    def row(self, length):
        ids, say, owner = [], [], []
        number = 0
        while True:
            if not self.waiting:
                self.waiting = [one for one in (self.dialogue() for _ in range(64)) if len(one[0]) <= length]
            room = length + 1 - len(ids)
            fits = next((i for i, (tokens, _) in enumerate(self.waiting) if len(tokens) <= room), None)
            if fits is None:
                if number:
                    break
                self.waiting = []
                continue
            tokens, spoken = self.waiting.pop(fits)
            ids += tokens
            say += spoken
            owner += [number] * len(tokens)
            number += 1
            if length + 1 - len(ids) < 24:
                break
        pad = length + 1 - len(ids)
        return ids + [0] * pad, say + [False] * pad, owner + [-1] * pad

    def batch(self, rows, length):
        ids, say, owner = (torch.tensor(x) for x in zip(*[self.row(length) for _ in range(rows)]))
        owner = owner[:, :-1]
        order = torch.arange(length)
        mask = (owner[:, :, None] == owner[:, None, :]) & (order[:, None] >= order[None, :])
        return ids[:, :-1], ids[:, 1:], say[:, 1:], mask[:, None]


# --- model -----------------------------------------------------------------------------------------------------------


class RmsNorm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight, Shape.epsilon)


def rope(length):
    """Cosines and sines for pairs (2i, 2i+1): the order in which llama.cpp rotates a `llama` model."""
    width = Shape.hidden // Shape.heads
    angle = torch.outer(torch.arange(length).float(), Shape.rope_base ** (-torch.arange(0, width, 2).float() / width))
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        h, f = Shape.hidden, Shape.inner
        self.attn_norm, self.ffn_norm = RmsNorm(h), RmsNorm(h)
        self.q, self.k, self.v, self.o = (nn.Linear(h, h, bias=False) for _ in range(4))
        self.gate, self.up, self.down = nn.Linear(h, f, bias=False), nn.Linear(h, f, bias=False), nn.Linear(f, h, bias=False)

    def forward(self, x, cos, sin, mask, drop=0.0):
        b, t, h = x.shape
        y = self.attn_norm(x)
        q, k, v = (w(y).view(b, t, Shape.heads, -1).transpose(1, 2) for w in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, attn_mask=mask)
        x = x + F.dropout(self.o(y.transpose(1, 2).reshape(b, t, h)), drop)
        y = self.ffn_norm(x)
        return x + F.dropout(self.down(F.silu(self.gate(y)) * self.up(y)), drop)


class Llama(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(Shape.vocabulary, Shape.hidden)
        self.layers = nn.ModuleList(Layer() for _ in range(Shape.layers))
        self.norm = RmsNorm(Shape.hidden)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.02 / (math.sqrt(2 * Shape.layers) if name.endswith(("o.weight", "down.weight")) else 1))

    def forward(self, ids, mask, drop=0.0):
        cos, sin = rope(ids.shape[1])
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x, cos, sin, mask, drop if self.training else 0.0)
        return self.norm(x)

    def logits(self, x):
        return F.linear(x, self.embed.weight)

    @torch.no_grad()
    def greedy(self, ids, end, limit=160):
        ids = list(ids)
        start = len(ids)
        while len(ids) - start < limit and len(ids) < Shape.context:
            mask = torch.ones(len(ids), len(ids), dtype=torch.bool).tril()[None, None]
            following = int(self.logits(self(torch.tensor([ids]), mask)[0, -1]).argmax())
            if following == end:
                break
            ids.append(following)
        return ids[start:]


# --- training --------------------------------------------------------------------------------------------------------


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal by Newton-Schulz steps; in float32, which suits a CPU."""

    def __init__(self, matrices, lr, momentum=0.95, decay=0.05):
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for weight in group["params"]:
                shapes.setdefault(tuple(weight.shape), []).append(weight)
            for (high, wide), weights in shapes.items():
                updates = []
                for weight in weights:
                    state = self.state.setdefault(weight, {})
                    mean = state.setdefault("mean", torch.zeros_like(weight))
                    mean.lerp_(weight.grad, 1 - group["momentum"])
                    updates.append(weight.grad.lerp(mean, group["momentum"]))
                x = torch.stack(updates)
                x = x if high <= wide else x.mT
                x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
                for _ in range(5):
                    square = x @ x.mT
                    x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
                x = x if high <= wide else x.mT
                for weight, update in zip(weights, x):
                    weight.mul_(1 - group["lr"] * group["decay"])
                    weight.add_(update, alpha=-group["lr"] * 0.2 * max(high, wide) ** 0.5)


def train(tokenizer, options):
    torch.manual_seed(options.seed)
    model = Llama()
    if options.start:
        model.load_state_dict(torch.load(options.start + ".pt"))
    matrices = [w for n, w in model.named_parameters() if w.dim() == 2 and not n.startswith("embed")]
    others = [w for n, w in model.named_parameters() if w.dim() == 1 or n.startswith("embed")]
    optimizers = [
        Muon(matrices, lr=options.rate),
        torch.optim.AdamW(others, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]
    short = Rows(tokenizer, options.seed, options.cut)
    long = Rows(tokenizer, options.seed + 1, turns=range(8, 15))
    began, seen, smooth, step = time.time(), 0, None, 0
    print(f"{sum(w.numel() for w in model.parameters()) / 1e6:.2f}M parameters", flush=True)
    while True:
        done = max(step / options.steps, (time.time() - began) / 60 / options.minutes)
        if done >= 1:
            break
        scale = min(1.0, (step + 1) / 40) * (1.0 if done < 0.3 else max(0.02, (1 - done) / 0.7))
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = options.rate * scale
        short.drill = options.drill * max(0.0, 1 - done / 0.5)
        rows, length = (long, 1024) if step % 12 == 11 else (short, 256)
        ids, target, say, mask = rows.batch(options.tokens // length, length)
        model.train()
        hidden = model(ids, mask, options.dropout)[say]
        loss = F.cross_entropy(model.logits(hidden), target[say])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        seen += ids.numel()
        smooth = loss.item() if smooth is None else 0.95 * smooth + 0.05 * loss.item()
        if step % 25 == 0:
            spent = time.time() - began
            print(f"step {step} {done:5.1%} loss {smooth:.4f} {seen / spent:.0f} tokens/s {spent / 60:.1f} min", flush=True)
        if options.check and step % options.check == 0:
            print(f"  held out: {accuracy(model, tokenizer, 60):.1%}", flush=True)
    print(f"{step} steps, {seen} tokens, {(time.time() - began) / 60:.1f} minutes, loss {smooth:.4f}")
    return model.eval()


def accuracy(model, tokenizer, sample):
    model.eval()
    cases = generate.held_out()
    cases = cases[:: max(1, len(cases) // sample)]
    right = 0
    for case in cases:
        ids, _ = encode(tokenizer, case["messages"])
        ids += [tokenizer.token_to_id(START)] + tokenizer.encode("assistant\n").ids
        right += tokenizer.decode(model.greedy(ids, tokenizer.token_to_id(END), 90)).strip() in case["accept"]
    return right / len(cases)


# --- export ----------------------------------------------------------------------------------------------------------


def export(model, tokenizer, path, kind):
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("model")
    writer.add_name("tiny-chat")
    writer.add_basename("tiny-chat")
    writer.add_author("The Cupola authors")
    writer.add_description("Demo chat model of Cupola: holds a short conversation about Cupola and how to use it. Not for real work.")
    writer.add_license("apache-2.0")
    writer.add_languages(["en"])
    writer.add_tags(["text-generation", "demo"])
    writer.add_size_label(f"{sum(w.numel() for w in model.parameters()) / 1e6:.1f}M")
    # The answers are learnt by heart: what is this improbable belongs to the answer of another question.
    writer.add_float32("general.sampling.min_p", 0.05)
    writer.add_context_length(Shape.context)
    writer.add_embedding_length(Shape.hidden)
    writer.add_block_count(Shape.layers)
    writer.add_feed_forward_length(Shape.inner)
    writer.add_head_count(Shape.heads)
    writer.add_head_count_kv(Shape.heads)
    writer.add_rope_dimension_count(Shape.hidden // Shape.heads)
    writer.add_rope_freq_base(Shape.rope_base)
    writer.add_layer_norm_rms_eps(Shape.epsilon)
    writer.add_vocab_size(Shape.vocabulary)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if kind == "q8_0" else gguf.LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)

    state = json.loads(tokenizer.to_str())["model"]
    words = sorted(state["vocab"], key=state["vocab"].get)
    types = [gguf.TokenType.CONTROL if word in SPECIAL else gguf.TokenType.NORMAL for word in words]
    while len(words) < Shape.vocabulary:
        words.append(f"<|unused{len(words)}|>")
        types.append(gguf.TokenType.UNUSED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    writer.add_token_types(types)
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in state["merges"]])
    writer.add_bos_token_id(tokenizer.token_to_id(END_OF_TEXT))
    writer.add_eos_token_id(tokenizer.token_to_id(END))
    writer.add_eot_token_id(tokenizer.token_to_id(END))
    writer.add_pad_token_id(tokenizer.token_to_id(END_OF_TEXT))
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)

    def add(name, weight):
        data = weight.detach().float().numpy()
        if data.ndim == 1:
            writer.add_tensor(name, data.astype(np.float32))
        elif kind == "q8_0":
            packed = gguf.quants.quantize(data, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, data.astype(np.float16))

    # No q/k permutation: `rope` above already rotates neighbouring pairs, as llama.cpp does for this architecture.
    # The output matrix is the embedding; llama.cpp reuses it when output.weight is absent.
    add("token_embd.weight", model.embed.weight)
    add("output_norm.weight", model.norm.weight)
    names = {"attn_norm": "attn_norm", "ffn_norm": "ffn_norm", "q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output"}
    names |= {"gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down"}
    for number, layer in enumerate(model.layers):
        for ours, theirs in names.items():
            add(f"blk.{number}.{theirs}.weight", getattr(layer, ours).weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(f"{path}: {Path(path).stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=str(HERE / "tiny-chat.gguf"))
    parser.add_argument("--kind", choices=["f16", "q8_0"], default="q8_0")
    parser.add_argument("--steps", type=int, default=680)
    parser.add_argument("--minutes", type=float, default=600)
    parser.add_argument("--tokens", type=int, default=3072, help="per step")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--cut", type=float, default=0.75, help="share of dialogues whose last answer is cut short")
    parser.add_argument("--drill", type=float, default=0.0, help="share of copying exercises at the beginning, none from the middle on; an experiment, not used for the GGUF in this folder")
    parser.add_argument("--start", help="go on from what --keep wrote with this prefix")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", type=int, default=0, help="measure held-out questions every so many steps")
    parser.add_argument("--keep", help="also write the PyTorch weights and the tokenizer with this prefix")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(options.start + ".json") if options.start else train_tokenizer(options.seed)
    model = train(tokenizer, options)
    if options.keep:
        torch.save(model.state_dict(), options.keep + ".pt")
        tokenizer.save(options.keep + ".json")
    export(model, tokenizer, options.out, options.kind)
    print(f"held out, PyTorch: {accuracy(model, tokenizer, 10000):.1%}")


if __name__ == "__main__":
    main()
