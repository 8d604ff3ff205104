#!/usr/bin/env python3
"""The peer of `stepwise-benchmark tokenizer`: the package tokenizers, which Hugging Face's libraries encode with.

The benchmark starts this script and asks it one thing at a time, so that the two take turns on the same core:

    tokenizer.py TOKENIZER WORKLOADS       WORKLOADS: one JSON object {"name": .., "texts": [..]} a line
    <- {"python": "3.11.7", "version": "0.23.3"}             null where the package is not installed
    -> {"workload": "lines", "ids": true}
    <- {"seconds": 0.12, "ids": [[1, 2], ..]}                null unless they were asked for
"""
import json
import os
import platform
import sys
import time

# One core, as the benchmark's own side.
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
try:
    import tokenizers
except ImportError:
    tokenizers = None


def main():
    answer({"python": platform.python_version(), "version": tokenizers and tokenizers.__version__})
    if tokenizers is None:
        return
    tokenizer = tokenizers.Tokenizer.from_file(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        workloads = {row["name"]: row["texts"] for row in map(json.loads, file)}
    for line in sys.stdin:
        request = json.loads(line)
        texts = workloads[request["workload"]]
        start = time.perf_counter()
        encodings = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
        seconds = time.perf_counter() - start
        answer({"seconds": seconds, "ids": [encoding.ids for encoding in encodings] if request["ids"] else None})


def answer(message):
    print(json.dumps(message), flush=True)


main()
