#!/usr/bin/env python3
"""Cuts the tokenizers of Tests/Fixtures/tokenizers down to a few dozen tokens, which fuzzing damages a million times:

    python3 Tests/Fixtures/make_fuzz_seeds.py        writes Tests/Fixtures/fuzz/tokenizers/NAME.json

Kept are the single characters that a few words need, the merges that lead to longer tokens of those words, every added token
and everything around the model. `bytes.json` is what a byte tokenizer writes. Needs nothing besides Python.
"""
import json
import pathlib

HERE = pathlib.Path(__file__).parent
CHARACTERS = "abdehinorst"
SPACE = "\u0120"


def cut(document):
    vocabulary = document["model"]["vocab"]
    kept = [token for token in vocabulary if len(token) == 1 and token in CHARACTERS + SPACE + "\u00c3\u00a91,.'\u010a"]
    merges = []
    for merge in document["model"]["merges"]:
        left, right = merge.split(" ") if isinstance(merge, str) else merge
        if left in kept and right in kept and len(merges) < 30:
            merges.append(merge)
            kept.append(left + right)
    added = {token["content"] for token in document["added_tokens"]}
    ids = {token: index for index, token in enumerate(kept)}
    first = len(ids)
    for token in document["added_tokens"]:
        token["id"] = first + len([name for name in added if name < token["content"]])
    document["model"]["vocab"] = ids
    document["model"]["merges"] = merges
    return document


def byte_characters():
    """The letters that byte-level files write bytes with, in the order of the bytes (GPT-2's table)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def byte_tokenizer():
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
    return {
        "version": "1.0",
        "added_tokens": [{"id": 256 + index, "content": name, "special": name[1] == "|"} for index, name in enumerate(names)],
        "normalizer": None, "pre_tokenizer": level, "post_processor": None, "decoder": level,
        "model": {"type": "BPE", "vocab": {text: byte for byte, text in enumerate(byte_characters())}, "merges": []},
    }


def write(name, document):
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    (HERE / "fuzz/tokenizers" / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{name}.json: {len(text)} characters")


for name in ["gpt2", "llama3", "qwen2", "smollm2"]:
    write(name, cut(json.loads((HERE / "tokenizers" / name / "tokenizer.json").read_text(encoding="utf-8"))))
write("bytes", byte_tokenizer())
