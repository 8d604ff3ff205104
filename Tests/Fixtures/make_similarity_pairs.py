#!/usr/bin/env python3
"""Makes similarity-pairs.jsonl.zst: 2,000 pairs with the ratios of CPython's difflib.

Each line has `kind`, `a` (the action), `b` (the expert) and the ratio with autojunk off and on, as hexadecimal floats, so that not one bit is
lost. Lengths go from 0 to 5,000 code points; the pairs have edits, repeats, emoji, combining marks, scalars beyond the
Basic Multilingual Plane, empty strings, and lengths just below and above 200, where autojunk begins.

Run by hand (needs the zstd command; about two minutes):  python3 Tests/Fixtures/make_similarity_pairs.py
The output is the same every time: the generator is seeded.
"""

import difflib
import json
import pathlib
import random
import subprocess

COUNT = 2000
SEED = 20251025
WORDS = (
    "we the sum of all terms is therefore multiply both sides by subtract from so that let x be number "
    "angle triangle equals 12 7 360 48 + - = * / \\frac{1}{2} \\sqrt{x} (a + b)^2 modulo prime remainder "
    "gives hence which simplifies to and then first next finally dollars apples per hour each"
).split()
EMOJI = ["😀", "👩‍👩‍👧", "🇨🇭", "👍🏽", "🧮", "∑", "π"]
MARKS = ["e\u0301", "é", "a\u0308\u0323", "n\u0303", "ö", "\u1100\u1161", "가", "🏳️‍🌈"]
ASTRAL = ["𝒳", "𝔸", "𝟛", "𐍈", "🜁", "𠀋"]


def length(rng):
    kind = rng.random()
    if kind < 0.30:
        return rng.randrange(0, 40)
    if kind < 0.55:
        return rng.randrange(40, 195)
    if kind < 0.75:
        return rng.randrange(195, 206)
    if kind < 0.93:
        return rng.randrange(206, 700)
    if kind < 0.985:
        return rng.randrange(700, 2000)
    return rng.randrange(2000, 5001)


def prose(rng, count):
    text = ""
    while len(text) < count:
        text += rng.choice(WORDS) + rng.choice([" ", " ", " ", ", ", ". ", "\n"])
    return text[:count]


def unicode_text(rng, count, extra):
    text = ""
    while len(text) < count:
        text += rng.choice(extra) if rng.random() < 0.4 else rng.choice(WORDS) + " "
    return text[:count]


def letters(rng, count, alphabet):
    return "".join(rng.choice(alphabet) for _ in range(count))


def repeats(rng, count):
    unit = letters(rng, rng.randrange(1, 12), "abcd")
    return (unit * (count // len(unit) + 1))[:count]


def edit(rng, text, rate):
    out = []
    position = 0
    while position < len(text):
        if rng.random() < rate:
            what = rng.randrange(5)
            span = rng.randrange(1, 9)
            if what == 0:
                position += span
            elif what == 1:
                out.append(prose(rng, span))
            elif what == 2:
                out.append(text[position : position + span][::-1])
                position += span
            elif what == 3:
                start = rng.randrange(len(text))
                out.append(text[start : start + span * 3])
            else:
                out.append(rng.choice(EMOJI + MARKS + ASTRAL))
                position += 1
        else:
            out.append(text[position])
            position += 1
    return "".join(out)[:5000]


def pair(rng):
    kind = rng.choice(
        ["edited"] * 6 + ["unrelated"] * 3 + ["repeats", "twoLetters", "oneLetter", "manySymbols", "emoji", "marks", "astral",
         "truncated", "moved", "identical", "empty"]
    )
    count = length(rng)
    if kind == "edited":
        b = prose(rng, count)
        return kind, edit(rng, b, rng.choice([0.002, 0.01, 0.05, 0.2])), b
    if kind == "unrelated":
        return kind, prose(rng, length(rng)), prose(rng, count)
    if kind == "repeats":
        b = repeats(rng, min(count, 1200))
        return kind, edit(rng, b, rng.choice([0, 0.01, 0.1])) if rng.random() < 0.5 else repeats(rng, min(length(rng), 1200)), b
    if kind == "twoLetters":
        return kind, letters(rng, min(length(rng), 800), "ab"), letters(rng, min(count, 800), "ab")
    if kind == "oneLetter":
        return kind, "a" * min(length(rng), 800), "a" * min(count, 800)
    if kind == "manySymbols":
        alphabet = [chr(c) for c in range(0x4E00, 0x4E00 + rng.choice([20, 150, 2000]))]
        b = letters(rng, min(count, 600), alphabet)
        return kind, edit(rng, b, 0.1) if rng.random() < 0.5 else letters(rng, min(count, 600), alphabet), b
    if kind in ("emoji", "marks", "astral"):
        extra = {"emoji": EMOJI, "marks": MARKS, "astral": ASTRAL}[kind]
        b = unicode_text(rng, count, extra)
        return kind, edit(rng, b, 0.03) if rng.random() < 0.7 else unicode_text(rng, length(rng), extra), b
    if kind == "truncated":
        b = prose(rng, count)
        return kind, b[: rng.randrange(len(b) + 1)], b
    if kind == "moved":
        b = prose(rng, count)
        cut = rng.randrange(len(b) + 1)
        return kind, b[cut:] + b[:cut], b
    if kind == "identical":
        b = prose(rng, count)
        return kind, b, b
    b = prose(rng, count)
    return kind, *rng.choice([("", ""), ("", b), (b, "")])


def main():
    rng = random.Random(SEED)
    lines = []
    for index in range(COUNT):
        kind, a, b = pair(rng)
        off = difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()
        on = difflib.SequenceMatcher(None, a, b).ratio()
        lines.append(json.dumps({"kind": kind, "a": a, "b": b, "ratio": off.hex(), "autojunk": on.hex()}, ensure_ascii=False))
    path = pathlib.Path(__file__).parent / "similarity-pairs.jsonl.zst"
    data = ("\n".join(lines) + "\n").encode()
    packed = subprocess.run(["zstd", "-19", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    path.write_bytes(packed)
    print(f"{len(lines)} pairs, {len(data)} bytes, {len(packed)} compressed: {path}")


if __name__ == "__main__":
    main()
