#!/usr/bin/env python3
"""Makes matching-blocks.jsonl.zst: 480 pairs with the matching blocks of CPython's difflib.

Each line has `unit`, `a` (the action), `b` (the expert), and the blocks [place in a, place in b, count] with autojunk off and on, as
`SequenceMatcher(None, a, b, autojunk).get_matching_blocks()` gives them, without the empty one at the end. Units: `scalar` is the string itself,
`word` is str.split(), `line` is str.splitlines(), `token` is the bytes of UTF-8 (a tokenizer whose tokens split characters).

Run by hand (needs the zstd command; seconds):  python3 Tests/Fixtures/make_matching_blocks.py
The output is the same every time: the generator is seeded.
"""

import difflib
import json
import pathlib
import random
import subprocess

from make_similarity_pairs import edit, pair, prose

SEED = 20261125
UNITS = {
    "scalar": list,
    "word": str.split,
    "line": str.splitlines,
    "token": lambda text: list(text.encode()),
}
LINES = ["x = 2", "", "so y = 3", "  then", "}", "return x", "∑ over i", "é", "e\u0301"]
BREAKS = ["\n", "\n", "\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"]


def lines(rng, count):
    return "".join(rng.choice(LINES) + rng.choice(BREAKS) for _ in range(count)) + rng.choice(LINES)


def texts(rng, unit):
    """Long enough in its own elements, now and then, for autojunk to begin (200)."""
    if unit == "line" and rng.random() < 0.7:
        b = lines(rng, rng.choice([3, 20, 199, 200, 260]))
        return edit(rng, b, rng.choice([0.01, 0.05])), b
    if unit == "word" and rng.random() < 0.5:
        b = prose(rng, rng.choice([900, 1400]))
        return edit(rng, b, rng.choice([0.005, 0.03])), b
    while True:
        _, a, b = pair(rng)
        if len(a) <= 900 and len(b) <= 900:
            return a, b


def blocks(a, b, autojunk):
    found = difflib.SequenceMatcher(None, a, b, autojunk).get_matching_blocks()
    return [list(block) for block in found[:-1]]


def main():
    rng = random.Random(SEED)
    rows = []
    for index in range(480):
        unit = list(UNITS)[index % len(UNITS)]
        a, b = texts(rng, unit)
        cut = UNITS[unit]
        rows.append({"unit": unit, "a": a, "b": b, "off": blocks(cut(a), cut(b), False), "on": blocks(cut(a), cut(b), True)})
    path = pathlib.Path(__file__).parent / "matching-blocks.jsonl.zst"
    data = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()
    packed = subprocess.run(["zstd", "-19", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    path.write_bytes(packed)
    differing = sum(row["off"] != row["on"] for row in rows)
    print(f"{len(rows)} pairs, {differing} differ by autojunk, {len(data)} bytes, {len(packed)} compressed: {path}")


if __name__ == "__main__":
    main()
