#!/usr/bin/env python3
"""The peers of `stepwise-benchmark similarity`: difflib, and cydifflib where it is installed.

The benchmark starts this script and asks it one thing at a time, so that the two take turns on the same core:

    similarity.py PAIRS        one JSON object {"a": .., "b": ..} a line
    <- {"python": "3.11.7", "implementations": ["difflib", "cydifflib"]}
    -> {"implementation": "difflib", "autojunk": false, "pairs": [0, 4, 8]}
    <- {"seconds": 0.12, "ratios": ["0x1.0p+0", ..]}          hexadecimal, so that not one bit is lost
"""
import difflib
import json
import platform
import sys
import time

IMPLEMENTATIONS = {"difflib": difflib.SequenceMatcher}
try:
    import cydifflib

    IMPLEMENTATIONS["cydifflib"] = cydifflib.SequenceMatcher
except ImportError:
    pass


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        pairs = [(row["a"], row["b"]) for row in map(json.loads, file)]
    answer({"python": platform.python_version(), "implementations": list(IMPLEMENTATIONS)})
    for line in sys.stdin:
        request = json.loads(line)
        matcher, autojunk = IMPLEMENTATIONS[request["implementation"]], request["autojunk"]
        chosen = [pairs[index] for index in request["pairs"]]
        start = time.perf_counter()
        ratios = [matcher(None, a, b, autojunk).ratio() for a, b in chosen]
        seconds = time.perf_counter() - start
        answer({"seconds": seconds, "ratios": [float(ratio).hex() for ratio in ratios]})


def answer(message):
    print(json.dumps(message), flush=True)


main()
