"""The llama.cpp side of `stepwise-benchmark peers`, asked one repeat at a time.

Usage: llama_peer.py MODEL.gguf WORK.json. Reads one request a line on standard input, {"work": name}, and answers with one line,
{"seconds": wall, "check": number}. Uses llama.cpp's C interface through llama-cpp-python, which adds nothing to a decoding step but
the call. Token ids come from Stepwise, so that both read the same.
"""

import ctypes
import json
import os
import sys
import time

import parent  # noqa: F401
import llama_cpp as llama

path, work_path = sys.argv[1:3]
with open(work_path) as file:
    work = json.load(file)
threads = work.get("threads", os.cpu_count())


@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
def quiet(level, text, data):
    if level >= 4:
        sys.stderr.write(text.decode(errors="replace"))


llama.llama_log_set(quiet, None)
llama.llama_backend_init()
parameters = llama.llama_model_default_params()
model = llama.llama_model_load_from_file(path.encode(), parameters)
vocabulary = llama.llama_model_get_vocab(model)
chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_temp(1.0))
llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_dist(1))


def make_context(tokens, sequences):
    settings = llama.llama_context_default_params()
    settings.n_ctx = tokens
    settings.n_batch = max(2048, sequences)
    settings.n_ubatch = 512
    settings.n_seq_max = sequences
    settings.n_threads = settings.n_threads_batch = threads
    settings.kv_unified = True
    context = llama.llama_init_from_model(model, settings)
    if not context:
        raise SystemExit("llama_peer.py: llama.cpp could not make a context")
    return context


class Batch:
    """Rows of (token, position, sequence, wants logits), decoded together."""

    def __init__(self, capacity):
        self.batch = llama.llama_batch_init(capacity, 0, 1)

    def run(self, context, rows):
        batch = self.batch
        batch.n_tokens = len(rows)
        for index, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[index] = token
            batch.pos[index] = position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = sequence
            batch.logits[index] = wanted
        status = llama.llama_decode(context, batch)
        if status:
            raise SystemExit(f"llama_peer.py: llama_decode gave {status}")


contexts = {}


def context_for(tokens, sequences):
    key = (tokens, sequences)
    if key not in contexts:
        contexts.clear()
        contexts[key] = (make_context(tokens, sequences), Batch(max(4096, sequences)))
    context, batch = contexts[key]
    llama.llama_memory_clear(llama.llama_get_memory(context), True)
    return context, batch


def prompt(item):
    """Processing one prompt, logits after its last token."""
    tokens = item["prompts"][0]
    context, batch = context_for(len(tokens) + 256, 1)
    start = time.perf_counter()
    batch.run(context, [(t, i, 0, i + 1 == len(tokens)) for i, t in enumerate(tokens)])
    llama.llama_get_logits_ith(context, -1)[0]
    return time.perf_counter() - start, 0


def decode(item):
    """New tokens one by one after a prompt, whose processing is not counted."""
    tokens, new = item["prompts"][0], item["new"]
    context, batch = context_for(len(tokens) + new + 32, 1)
    batch.run(context, [(t, i, 0, i + 1 == len(tokens)) for i, t in enumerate(tokens)])
    token = llama.llama_sampler_sample(chain, context, -1)
    start = time.perf_counter()
    for index in range(new):
        batch.run(context, [(token, len(tokens) + index, 0, True)])
        token = llama.llama_sampler_sample(chain, context, -1)
    return time.perf_counter() - start, token


def boundaries(item):
    """G rollouts from every boundary of trunks: a trunk is computed once, its cache copied to the rollouts of its boundaries, and
    all rollouts of a trunk grow in one batch."""
    group, new, marker = item["group"], item["new"], item["marker"]
    longest = max(sum(map(len, trunk)) for trunk in item["trunks"])
    sequences = group * max(len(trunk) for trunk in item["trunks"])
    context, batch = context_for(longest + sequences * (new + len(marker)) + 64, sequences + 1)
    memory = llama.llama_get_memory(context)
    drawn = 0
    start = time.perf_counter()
    for trunk in item["trunks"]:
        llama.llama_memory_clear(memory, False)
        position, growing = 0, []
        for segment in trunk:
            rows = [(t, position + i, 0, False) for i, t in enumerate(segment)]
            position += len(segment)
            batch.run(context, rows)
            growing += [[len(growing) + g + 1, position] for g in range(group)]
            for sequence, _ in growing[-group:]:
                llama.llama_memory_seq_cp(memory, 0, sequence, 0, position)
        # The turn's marker, from whose last token each rollout draws its first.
        rows = []
        for sequence in growing:
            for i, token in enumerate(marker):
                rows.append((token, sequence[1] + i, sequence[0], i + 1 == len(marker)))
            sequence[1] += len(marker)
        places = [index for index, row in enumerate(rows) if row[3]]
        batch.run(context, rows)
        for step in range(new):
            tokens = [llama.llama_sampler_sample(chain, context, place) for place in places]
            drawn += len(tokens)
            if step + 1 == new:
                break
            rows = [(token, seq[1], seq[0], True) for token, seq in zip(tokens, growing)]
            for seq in growing:
                seq[1] += 1
            batch.run(context, rows)
            places = range(len(rows))
    return time.perf_counter() - start, drawn


actions = {"prompt": prompt, "decode": decode, "boundaries": boundaries}
print(json.dumps({"name": f"llama.cpp (llama-cpp-python {llama.__version__})"}), flush=True)
for line in sys.stdin:
    item = work["items"][json.loads(line)["work"]]
    seconds, check = actions[item["action"]](item)
    print(json.dumps({"seconds": seconds, "check": check}), flush=True)
