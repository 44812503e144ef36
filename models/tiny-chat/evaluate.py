"""Asks tiny-chat the held-out questions and counts the answers that are right to the letter.

    python3 evaluate.py                              the GGUF beside this file, through llama.cpp (llama-cpp-python)
    python3 evaluate.py --url $TARGET_URI --key $KEY  any OpenAI-style server: POST {url}/chat/completions
    python3 evaluate.py --show                       also print what went wrong

An answer is right when it equals the written answer of the question's topic; white space at its ends does not count.
With --url nothing beyond the standard library is needed.
"""

import argparse
import collections
import json
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from dialogues import generate  # noqa: E402


def through_llama(path, options):
    from llama_cpp import Llama

    model = Llama(str(path), n_ctx=1024, n_threads=options.threads, verbose=False)

    def ask(messages):
        reply = model.create_chat_completion(messages, temperature=options.temperature, max_tokens=200, seed=options.seed, repeat_penalty=1.0)
        return reply["choices"][0]["message"]["content"], reply["choices"][0]["finish_reason"]

    return ask


def through_http(url, options):
    def ask(messages):
        body = {"messages": messages, "temperature": options.temperature, "max_tokens": 200, "seed": options.seed}
        request = urllib.request.Request(url.rstrip("/") + "/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
        if options.key:
            request.add_header("Authorization", "Bearer " + options.key)
        with urllib.request.urlopen(request, timeout=120) as response:
            choice = json.load(response)["choices"][0]
        return choice["message"]["content"], choice["finish_reason"]

    return ask


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", default=HERE / "tiny-chat.gguf")
    parser.add_argument("--url", help="base URL; /chat/completions is appended")
    parser.add_argument("--key")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--least", type=float, default=0.0, help="exit 1 when the share of right answers is below this, e.g. 0.9")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    ask = through_http(options.url, options) if options.url else through_llama(options.gguf, options)
    asked, right, unfinished, began = collections.Counter(), collections.Counter(), 0, time.time()
    known = {text for topic in generate.TOPICS for text in [*topic.answers, topic.short, topic.more]} | set(generate.outside.OUTSIDE_ANSWERS)
    strays = 0
    for case in generate.held_out():
        answer, reason = ask(case["messages"])
        answer = answer.strip()
        asked[case["kind"]] += 1
        unfinished += reason != "stop"
        good = answer in case["accept"]
        right[case["kind"]] += good
        strays += not good and answer not in known
        if options.show and not good:
            print(f"[{case['kind']}] {case['messages'][-1]['content']}\n   got:  {answer}\n   want: {case['accept'][0]}")
    for kind, number in asked.items():
        print(f"{kind:14} {right[kind]:4} of {number:4}  {right[kind] / number:6.1%}")
    share = sum(right.values()) / sum(asked.values())
    print(f"{'all':14} {sum(right.values()):4} of {sum(asked.values()):4}  {share:6.1%}   in {time.time() - began:.0f} s, {unfinished} not finished, {strays} unlike any written answer")
    sys.exit(share < options.least)


if __name__ == "__main__":
    main()
