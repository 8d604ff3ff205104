"""Makes the Unicode tables of Sources/ModelCore/Tokenizer/Unicode by asking Hugging Face `tokenizers` about every code point.

Its parts have tables of different Unicode versions: the regular expressions of pre-tokenizers (Oniguruma) 16, the pre-tokenizer
`Digits` (Rust) 17, `\\w` around added tokens (regex crate) 16, NFC 9. Swift's standard library has one version, and another one with
every toolchain. Ids must be the same everywhere, so the tables are taken from the reference itself.

    pip install tokenizers==0.23.3
    python Tests/Fixtures/make_unicode_tables.py
"""

import pathlib
import textwrap
import unicodedata

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Sources/ModelCore/Tokenizer/Unicode"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HEADER = f"// Made by Tests/Fixtures/make_unicode_tables.py with tokenizers {tokenizers.__version__}; do not edit.\n\n"


def matching(pattern):
    """The code points that a pattern of a pre-tokenizer matches."""
    splitter = pre_tokenizers.Split(Regex(pattern + "+"), "removed")
    found = set()
    for start in range(0, len(SCALARS), 4096):
        text = "".join(map(chr, SCALARS[start : start + 4096]))
        kept = set("".join(piece for piece, _ in splitter.pre_tokenize_str(text)))
        found |= {ord(c) for c in set(text) - kept}
    return found


def digits():
    splitter = pre_tokenizers.Digits(individual_digits=True)
    found = set()
    for start in range(0, len(SCALARS), 4096):
        text = "".join("a" + chr(c) for c in SCALARS[start : start + 4096])
        found |= {ord(p) for p, _ in splitter.pre_tokenize_str(text) if len(p) == 1 and p != "a"}
    return found


def word_characters():
    tokenizer = Tokenizer(models.BPE({"a": 0, "<x>": 1}, []))
    tokenizer.add_tokens([AddedToken("<x>", single_word=True)])
    return {c for c in SCALARS if tokenizer.encode("<x>" + chr(c)).ids[:1] != [1]}


def wrapped(words):
    return textwrap.fill(" ".join(map(str, words)), 116, break_long_words=False)


def literal(name, comment, words):
    body = textwrap.indent(wrapped(words), " " * 8)
    lines = "".join(f"    /// {line}\n" for line in comment.splitlines())
    return f'{lines}    static let {name} = """\n{body}\n        """\n'


def class_table():
    sets = [matching(r"\p{L}"), matching(r"\p{N}"), matching(r"\s"), digits(), word_characters()]
    runs = []
    for c in range(0x110000):
        flags = sum(1 << i for i, s in enumerate(sets) if c in s)
        if runs and runs[-1][1] == flags:
            runs[-1][0] += 1
        else:
            runs.append([1, flags])
    comment = "Runs of code points from U+0000 on: how many, and their `CharacterClass` as a number."
    text = HEADER + "enum CharacterClassTable {\n" + literal("runs", comment, [n for run in runs for n in run]) + "}\n"
    (FOLDER / "CharacterClassTable.swift").write_text(text)
    print(f"{len(runs)} runs of classes:", *map(len, sets))


def normalization_table():
    nfc, nfd = normalizers.NFC().normalize_str, normalizers.NFD().normalize_str
    classes = {}
    for c in SCALARS:
        number = unicodedata.combining(chr(c))
        if number:
            # U+0334 has class 1, U+0345 class 240: one of the two changes places with c, if c has a class here at all.
            if nfd("a" + chr(c) + "\u0334") != "a" + chr(c) + "\u0334" or nfd("a\u0345" + chr(c)) != "a\u0345" + chr(c):
                classes[c] = number
            elif number == 1 and nfd("a\u0315" + chr(c)) != "a\u0315" + chr(c):
                classes[c] = number
    entries, compositions = [], 0
    for c in SCALARS:
        whole = nfd(chr(c))
        if whole == chr(c) or 0xAC00 <= c < 0xD7A4:
            continue
        step = [int(x, 16) for x in unicodedata.decomposition(chr(c)).split()]
        assert "".join(nfd(chr(x)) for x in step) == whole, hex(c)
        composes = len(step) == 2 and nfc("".join(map(chr, step))) == chr(c)
        compositions += composes
        entries.append(f"{c:x}{'=' if composes else '>'}" + "+".join(f"{x:x}" for x in step))
    runs = []
    for c, number in sorted(classes.items()):
        if runs and runs[-1][0] + runs[-1][1] == c and runs[-1][2] == number:
            runs[-1][1] += 1
        else:
            runs.append([c, 1, number])
    text = HEADER + "enum NormalizationTable {\n"
    text += literal(
        "decompositions",
        "Canonical decompositions, one step each, in hexadecimal; `=` where NFC composes them again, `>` where not.",
        entries,
    )
    text += "\n" + literal(
        "combiningClasses",
        "Runs of code points with a canonical combining class: first, how many, class.",
        [n for run in runs for n in run],
    )
    (FOLDER / "NormalizationTable.swift").write_text(text + "}\n")
    print(f"{len(entries)} decompositions, {compositions} compositions, {len(classes)} combining characters")


class_table()
normalization_table()
