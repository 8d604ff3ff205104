#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets to Tests/Fuzz/corpus, from what the repository has and from what is written here.

    python3 Tests/Fuzz/make_corpus.py        (needs zstandard from PyPI)
"""
import hashlib
import io
import json
import pathlib
import shutil

import zstandard

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def main():
    shutil.rmtree(HERE / "corpus", ignore_errors=True)
    for target, seeds in {
        "http1": http1(), "http2": http2(), "http2-frames": frames(), "zstd": zstd(), "json": messages(),
        "math": math(), "agent": agent(), "similarity": similarity(),
    }.items():
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True)
        for seed in seeds:
            (folder / hashlib.sha1(seed).hexdigest()[:12]).write_bytes(seed)


def http1():
    """The first byte is ConnectionTarget's: the size of the pieces."""
    requests = [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        "POST /stream HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;q=1\r\ndefg\r\n0\r\nt: v\r\n\r\n",
        "POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /stream HTTP/1.0\r\n\r\n",
        "HEAD http://x/a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\nstepwise-deadline-ms: 20\r\nx-request-id: abc\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 5,
    ]
    compressed = zstandard.compress(b"hello" * 40)
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: zstd\r\nContent-Length: {len(compressed)}\r\n\r\n".encode()
    all_bytes = [text.encode() for text in requests] + [head + compressed, b"\x16\x03\x01\x02\x00\x01"]
    return [bytes([piece]) + text for piece in (5, 2) for text in all_bytes] + [bytes([0]) + all_bytes[2]]


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
GET = b"\x82\x86\x84"
POST = b"\x83\x86\x84"


def literal(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def http2():
    window = (0).to_bytes(2, "big")
    compressed = zstandard.compress(b"hello" * 40)
    streams = [
        frame(1, 5, 1, GET),
        frame(1, 4, 1, POST) + frame(0, 0, 1, b"hel") + frame(0, 1, 1, b"lo"),
        frame(1, 4, 1, POST + literal(b"content-encoding", b"zstd")) + frame(0, 1, 1, compressed),
        frame(1, 4, 1, POST + literal(b"content-length", b"2")) + frame(0, 1, 1, b"abc"),
        frame(1, 1, 1, POST) + frame(9, 0, 1, literal(b"x", b"y")) + frame(9, 4, 1, literal(b"z", b"y")),
        frame(1, 5, 1, GET) + frame(3, 0, 1, (8).to_bytes(4, "big")) + frame(1, 5, 3, GET),
        frame(4, 0, 0, b"\x00\x04\x00\x00\x00\x00") + frame(1, 5, 1, GET) + frame(8, 0, 1, (9).to_bytes(4, "big")),
        frame(1, 4, 1, POST) + frame(0, 8, 1, b"\x02ab\x00\x00") + frame(1, 5, 1, literal(b"trailer", b"v")),
        frame(1, 0x2C, 1, b"\x00\x00\x00\x00\x10\x10" + GET) + frame(2, 0, 3, b"\x00\x00\x00\x01\x10"),
        frame(6, 0, 0, b"12345678") + frame(7, 0, 0, b"\x00" * 8 + b"bye") + frame(4, 1, 0) + frame(0xFA, 0, 0, window),
        frame(1, 4, 1, b"\x83\x86\x04\x07/stream") + frame(0, 0, 1, b"a" * 40) + frame(0, 1, 1, b"b" * 40),
        frame(1, 4, 1, b"\x83\x86\x04\x07/unread") + frame(0, 0, 1, b"a" * 40) + frame(0, 1, 1, b"b" * 40),
        b"".join(frame(1, 5, stream, GET) for stream in (1, 3, 5, 7)),
        frame(1, 5, 1, GET + b"\x40\x01x\x14" + b"b" * 20 + b"\xbe" * 8),
    ]
    return [bytes([piece]) + PREFACE + stream for piece in (5, 2) for stream in streams] + [bytes([0]) + PREFACE + streams[1]]


def step(kind, flags, stream, payload=b""):
    """A frame as FramesTarget reads it."""
    return bytes([kind, flags, stream, len(payload)]) + payload


def frames():
    respond, send, end, trailers, reset = (bytes([160 + n]) for n in range(5))
    read = bytes([200, 255])
    return [
        step(1, 5, 1, GET) + respond + b"\x01\x00" + read,
        step(1, 4, 1, POST) + step(0, 1, 1, b"body") + respond + b"\x01\x01" + end + b"\x01\x10" + read,
        step(1, 5, 1, GET) + respond + b"\x01\x01" + send + b"\x01\xff" + read + trailers + b"\x01\x00" + read,
        step(4, 0, 0, b"\x00\x04\x00\x00\x00\x00") + step(1, 5, 1, GET) + respond + b"\x01\x01" + end + b"\x01\x02" + read
        + step(8, 0, 1, (40).to_bytes(4, "big")) + read,
        step(1, 5, 1, GET) + reset + b"\x01\x00" + step(1, 5, 3, GET) + read,
        step(1, 4, 1, POST) + respond + b"\x01\x00" + read + step(0, 0, 1, b"late") + step(0, 1, 1, b"end") + read,
        step(1, 1, 1, POST) + step(9, 4, 1, literal(b"x", b"y")) + bytes([231]) + read + bytes([232]) + read,
        step(1, 5, 1, GET) + step(3, 0, 1, b"\x00\x00\x00\x08") + respond + b"\x01\x01" + read,
        step(6, 0, 0, b"12345678") + bytes([234]) + read + step(7, 0, 0, b"\x00" * 8) + bytes([230, 233]),
        step(1, 4, 1, POST) + step(0, 8, 1, b"\x02ab\x00\x00") + step(1, 5, 1, literal(b"trailer", b"v")) + read,
    ]


def zstd():
    text = b"the quick brown fox " * 20
    plain = zstandard.compress(text)
    small = zstandard.ZstdCompressor(write_checksum=True, write_content_size=False).compress(text[:50])
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    stream = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(stream, closefd=False) as writer:
        for _ in range(3):
            writer.write(text)
            writer.flush(zstandard.FLUSH_BLOCK)
    bomb = zstandard.compress(b"\x00" * (1 << 20), 19)
    frames_ = [plain, small, skippable + plain + small, stream.getvalue(), bomb, zstandard.compress(b"\x00" * (1 << 21)), b"", plain[:-3]]
    return [bytes([piece]) + data for data in frames_ for piece in (1, 30)]


def messages():
    kinds = ["score-request", None, "openrlhf-request", "slime-request", "gym-verify-request", "gym-aggregate-request", "evaluation-request"]
    seeds = []
    for number, name in enumerate(kinds):
        for path in sorted((ROOT / "proto-schemas/examples" / name).rglob("*.json")) if name else []:
            text = json.dumps(json.loads(path.read_text()), ensure_ascii=False, separators=(",", ":")).encode()
            if len(text) <= 4096:
                seeds.append(bytes([number]) + text)
    texts = [
        {"function": "format", "parameters": {}, "groups": [{"id": "a", "expert": "\\boxed{2}", "completions": ["<think>é</think>\\boxed{2}"]}]},
        {"function": "srl.similarity", "parameters": {"granularity": "word", "autojunk": True}, "groups": [{"id": "a", "expert": "a b", "actions": ["", "b a"]}]},
        {"function": "math.verify", "groups": [{"id": "a", "expert": "1/2", "actions": ["0.5", "\\frac12"]}]},
        {"function": "agent.action", "groups": [{"id": "a", "expert": "ls -la", "actions": ["ls -al"]}]},
    ]
    return seeds + [b"\x00" + json.dumps(text).encode() for text in texts]


def math():
    pairs = []
    for name in ("math-verify.jsonl.zst", "math-verify-real.jsonl.zst"):
        with zstandard.ZstdDecompressor().stream_reader((ROOT / "Tests/Fixtures" / name).read_bytes()) as reader:
            rows = [json.loads(line) for line in io.TextIOWrapper(reader, encoding="utf-8")]
        texts = [[value for value in row.values() if isinstance(value, str)] for row in rows]
        pairs += [(text[0], text[1]) for text in texts[:: max(1, len(texts) // 60)] if len(text) >= 2]
    written = [
        ("9^{9^{9^9}}", "\\boxed{9^{9^{9^{9}}}}"), ("\\{1,2,3\\}", "\\boxed{\\{3,2,1\\}}"), ("(-\\infty,2]\\cup[3,4)", "$x\\le 2$"),
        ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "#### 7"), ("x=\\pm\\sqrt{2}", "\\boxed{x=\\sqrt{2}, -\\sqrt2}"), ("50\\%", "so 1/2"),
    ]
    return [f"{a}\n{b}".encode() for a, b in pairs + written if "\n" not in a and len(a) + len(b) < 700]


def agent():
    return [text.encode() for text in [
        "ls -la /tmp && cat 'a b' | grep x\nls -al /tmp && cat \"a b\" | grep x",
        '{"name": "edit", "arguments": {"path": "a", "n": [1, 2]}}\n<tool_call>{"name": "edit", "arguments": {"n": [1, 2], "path": "a"}}</tool_call>',
        "<function=bash><parameter=command>ls</parameter></function>\n<function=bash>\n<parameter=command>\nls\n</parameter>\n</function>",
        "echo $(date) <<EOF\nx\nEOF\n", "```bash\nfind . -name '*.py' -exec rm {} +\n```", 'a="b c"; $a\n\\',
    ]]


def similarity():
    with zstandard.ZstdDecompressor().stream_reader((ROOT / "Tests/Fixtures/similarity-pairs.jsonl.zst").read_bytes()) as reader:
        rows = [json.loads(line) for line in io.TextIOWrapper(reader, encoding="utf-8")]
    seeds = []
    for index, row in enumerate(rows[:: max(1, len(rows) // 40)]):
        a, b = row["a"].encode()[:900], row["b"].encode()[:900]
        if not a or not b:
            continue
        cut = min(255, 256 * len(a) // (len(a) + len(b)) + 1)
        seeds.append(bytes([index & 1, cut]) + a + b)
    # Grown from runs and repetitions: two, four and many letters.
    for settings in (2, 3, 2 | 8, 3 | 8, 2 | 160, 3 | 160):
        runs = bytes((37 * n + settings) % 256 for n in range(400))
        seeds.append(bytes([settings, 128]) + runs)
    return seeds


main()
