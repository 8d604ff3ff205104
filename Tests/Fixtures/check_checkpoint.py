#!/usr/bin/env python3
"""Opens a checkpoint that Stepwise wrote with safetensors, tokenizers and transformers, and compares the logits.

    STEPWISE_CHECKPOINT_OUTPUT=/tmp/checkpoint swift test -c release --filter CheckpointForPython
    ~/venv/bin/python Tests/Fixtures/check_checkpoint.py /tmp/checkpoint/*

Each folder holds a checkpoint and logits.safetensors with `tokens` [T] and `logits` [T, V] as Stepwise computes them. Ends with
status 1 when a folder cannot be opened, the tokens of the text differ or a logit differs by more than 1e-4.
"""
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXT = "<|im_start|>naïve 日本語 🧮\n<|im_end|><think>2 + 3 = 5</think>#### 5<|im_end|>"


def check(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}, file.metadata()
        names = list(file.keys())
    ids = list(specials_and_bytes(TEXT))
    for tokenizer in (Tokenizer.from_file(str(folder / "tokenizer.json")), AutoTokenizer.from_pretrained(folder)):
        encoded = tokenizer.encode(TEXT)
        encoded = encoded if isinstance(encoded, list) else encoded.ids
        assert encoded == ids, (type(tokenizer), encoded, ids)
        assert tokenizer.decode(encoded, skip_special_tokens=False) == TEXT
        assert "<think>" in tokenizer.decode(encoded, skip_special_tokens=True)
    automatic = AutoTokenizer.from_pretrained(folder)
    assert automatic.eos_token == "<|endoftext|>" and automatic.eos_token_id == 256

    model, report = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    faults = {key: value for key, value in report.items() if value}
    assert not faults, faults
    ours = load_file(folder / "logits.safetensors")
    with torch.no_grad():
        theirs = model.eval()(ours["tokens"].long().unsqueeze(0)).logits[0]
    difference = (ours["logits"] - theirs).abs().max().item()
    scale = theirs.abs().max().item()
    assert difference < 1e-4, f"logits differ by {difference}"
    generated = model.generate(ours["tokens"].long().unsqueeze(0)[:, :4], max_new_tokens=3, do_sample=False)
    stops = model.generation_config.eos_token_id
    print(f"{folder.name}: {len(names)} tensors, {type(model).__name__}, largest |logit| {scale:.3f}, "
          f"largest difference {difference:.2e}, generate() gave {generated.shape[1] - 4} tokens, stops {stops}")


def specials_and_bytes(text):
    """The ids by an independent path: special tokens, and bytes between them."""
    specials = {"<|endoftext|>": 256, "<|im_start|>": 257, "<|im_end|>": 258, "<think>": 259, "</think>": 260}
    position = 0
    while position < len(text):
        special = next((name for name in specials if text.startswith(name, position)), None)
        if special:
            yield specials[special]
            position += len(special)
        else:
            yield from text[position].encode()
            position += 1


if len(sys.argv) < 2:
    sys.exit(__doc__)
for argument in sys.argv[1:]:
    check(pathlib.Path(argument))
