"""Makes Tests/Fixtures/tokenizers: small byte-level BPE tokenizers of each family that Stepwise reads, and what Hugging Face
`tokenizers` makes of 10,000 fuzzed strings with each.

    pip install tokenizers==0.23.3 zstandard==0.25.0
    python Tests/Fixtures/make_tokenizers.py

A line of <family>.jsonl.zst is [ids with added tokens, ids without or null where they are the same]; line k belongs to line k of strings.jsonl.zst.
The last line is a list of [ids, decoded text] for ids drawn at random.
"""

import json
import pathlib
import random
import unicodedata

import zstandard
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

FOLDER = pathlib.Path(__file__).resolve().parent / "tokenizers"
COUNT = 10_000

LATER = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CORPUS = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many clips did she sell? "
    "It's what they'd said: we'll see, I'm sure you've heard they're here. IT'S WHAT THEY'LL SAY. don't can't\n\n"
    "def f(x):\n    return x ** 2  # comment\n\tif x != 0:\n\t\tprint('x = %d' % x)\r\n"
    "La naïve élève a mangé une crème brûlée à Besançon. Über den Wölfen. \u0130stanbul'da. "
    "Привет, мир! Как дела? Всё хорошо. 你好，世界。今天天气很好。日本語のテキスト。한국어 텍스트입니다. "
    "नमस्ते दुनिया। สวัสดีชาวโลก مرحبا بالعالم שלום עולם 🧮🦙👩‍👩‍👧 ½ ² Ⅷ ① ٣٤ 12,345.678 = $9.99 a^{2}+b_{1} \\frac{1}{2}\n"
)
# What the scanners have to get right: neighbours of every class, line ends, contractions and their other cases, added tokens.
PIECES = (
    list(" \t\n\r\u000b\u000c\u0085\u00a0\u2028\u3000\u200b\u180e\ufeff\0'\"’.,;:!?-_()[]{}<>|/\\@#$%^&*+=~`0123456789")
    + ["  ", "   ", "\n\n", "\r\n", " \n", "\n ", "\t\t", "    ", "\u00a0 ", " \u3000"]
    + ["'s", "'S", "'t", "'re", "'RE", "'Ve", "'m", "'ll", "'LL", "'lL", "'d", "'\u017f", "'\u017fx", "''s", " 's", "'r", "'l"]
    + ["a", "B", "the", " the", "The", "é", "e\u0301", "ß", "İ", "ǅ", "ª", "\u0345", "\u0301", "\u0334", "\u1fb3"]
    + ["é", "\u212b", "\u2126", "\u0958", "\u0f73", "\u1100\u1161\u11a8", "\uac00\u11a8", "\uac01", "\u0b47\u0b3e", "\ufb1d", "\u0344"]
    + ["½", "²", "Ⅷ", "①", "٣", "१२", "〇", "\U0001d7d8", "\U00011de0", "\U00016ff4", "\u0bf2", "123", "1234567", "3.14", "12 34"]
    + ["日本", "语言", "한국", "здравствуй", "नमस्ते", "สวัสดี", "مرحبا", "🧮", "👩‍👩‍👧", "\U0001f1e9\U0001f1ea", "\U000e0100"]
    + ["\u08ca", "\u1715", "\U00011070", "\U0001e2ae", "\U000113c9", "\U00016d68", "\u1abf\u0315", "\u0315\u1ace"]
    + ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<|im_", "<left>", "<right>", "<word>", "<long", "<longer>"]
    + ["<norm\u00e9>", "<norme\u0301>", "  <left>  ", " <right> \n", "x<word>y", " <word> ", "<left><right>", "_<word>"]
)
ADDED = [
    AddedToken("<|endoftext|>", special=True, normalized=False),
    AddedToken("<|im_start|>", special=True, normalized=False),
    AddedToken("<|im_end|>", special=True, normalized=False),
    AddedToken("<think>", special=False, normalized=False),
    AddedToken("</think>", special=False, normalized=False),
    AddedToken("<left>", special=False, normalized=False, lstrip=True),
    AddedToken("<right>", special=False, normalized=False, rstrip=True),
    AddedToken("<word>", special=False, normalized=False, single_word=True),
    AddedToken("<long", special=False, normalized=False),
    AddedToken("<longer>", special=False, normalized=False, lstrip=True, rstrip=True),
    AddedToken("<norme\u0301>", special=False, normalized=True),
]


def family(name):
    """The tokenizer of a family before training: normalizer and pre-tokenizer are those of its models."""
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)

    def split(numbers):
        return pre_tokenizers.Split(Regex(LATER % numbers), behavior="isolated")

    tokenizer = Tokenizer(models.BPE(ignore_merges=name == "llama3", unk_token=None))
    tokenizer.decoder = decoders.ByteLevel()
    if name == "gpt2":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    elif name == "llama3":
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split(r"\p{N}{1,3}"), byte_level])
    elif name == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split(r"\p{N}"), byte_level])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
    return tokenizer


def trained(name):
    tokenizer = family(name)
    # SmolLM2's vocabulary lacks some bytes: so does this one's.
    alphabet = pre_tokenizers.ByteLevel.alphabet() if name != "smollm2" else []
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=sorted(alphabet), show_progress=False)
    tokenizer.train_from_iterator([CORPUS] * 3, trainer)
    document = json.loads(tokenizer.to_str())
    merges = [list(m) if isinstance(m, list) else m.split(" ") for m in document["model"]["merges"]]
    if name == "gpt2":
        document["model"]["merges"] = [" ".join(m) for m in merges]
    if name == "llama3":
        # Words that the merges do not reach: ignore_merges finds them all the same.
        size = len(document["model"]["vocab"])
        for index, word in enumerate(["\u0120zebra", "Quux", "\u01200x"]):
            document["model"]["vocab"][word] = size + index
    if name == "smollm2":
        vocabulary = document["model"]["vocab"]
        vocabulary["<unk>"] = len(vocabulary)
        document["model"]["unk_token"] = "<unk>"
        document["model"]["fuse_unk"] = True
    tokenizer = Tokenizer.from_str(json.dumps(document))
    plain = Tokenizer.from_str(json.dumps(document))
    tokenizer.add_tokens(ADDED)
    return tokenizer, plain


def strings():
    random_numbers = random.Random(20251125)
    assigned = [c for c in range(0x20, 0x110000) if unicodedata.category(chr(c)) not in ("Cs", "Cn", "Co")]
    words = CORPUS.split(" ")
    words += ["zebra", "Quux", "0x", " zebra", "abcabcabc" * 8, "aaaaaaaaaaaaaaaa" * 5]
    result = []
    for index in range(COUNT):
        parts = []
        for _ in range(random_numbers.randint(1, 8)):
            kind = random_numbers.random()
            if kind < 0.55:
                parts.append(random_numbers.choice(PIECES))
            elif kind < 0.75:
                parts.append(random_numbers.choice(words))
            elif kind < 0.85:
                parts.append(" " + random_numbers.choice(words))
            elif kind < 0.95:
                parts.append(chr(random_numbers.choice(assigned)))
            else:
                code = random_numbers.randrange(0x110000)
                parts.append(chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd")
        result.append("".join(parts))
    return result


def write(name, rows):
    lines = "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)
    data = zstandard.ZstdCompressor(level=22).compress(lines.encode())
    (FOLDER / name).write_bytes(data)
    print(f"{name}: {len(rows)} lines, {len(data)} bytes")


def main():
    texts = strings()
    write("strings.jsonl.zst", texts)
    for name in ["gpt2", "llama3", "qwen2", "smollm2"]:
        tokenizer, plain = trained(name)
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        document = json.loads(tokenizer.to_str())
        if name == "gpt2":
            document["model"]["merges"] = [" ".join(m) for m in document["model"]["merges"]]
        (folder / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False, indent=0))
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
        tokenizer = Tokenizer.from_str(json.dumps(document))
        rows = []
        for text in texts:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            without = plain.encode(text, add_special_tokens=False).ids
            rows.append([ids, None if ids == without else without])
        generator = random.Random(7)
        end = tokenizer.token_to_id("<|endoftext|>")
        drawn = []
        for _ in range(1000):
            ids = [generator.randrange(tokenizer.get_vocab_size()) for _ in range(generator.randint(1, 8))]
            ids = [i for i in ids if i != end]
            drawn.append([ids, tokenizer.decode(ids, skip_special_tokens=False)])
        write(f"{name}.jsonl.zst", rows + [drawn])


main()
