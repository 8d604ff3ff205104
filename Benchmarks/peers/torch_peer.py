"""The PyTorch side of `stepwise-benchmark peers`: the same model, weights and work, asked one repeat at a time.

Usage: torch_peer.py CHECKPOINT WORK.json. Reads one request a line on standard input, {"work": name}, and answers with one line,
{"seconds": wall, "check": a number that both sides can compare}. Token ids come from Stepwise, so that both read the same.
"""

import json
import os
import sys
import time

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
import parent  # noqa: F401
import torch
import transformers
from transformers import AutoModelForCausalLM

transformers.logging.set_verbosity_error()
checkpoint, path = sys.argv[1:3]
with open(path) as file:
    work = json.load(file)
torch.set_num_threads(work.get("threads", os.cpu_count()))
model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-8, weight_decay=0.0) if work.get("trains") else None


def padded(sequences, side, length=0):
    """[B, L] ids and their mask, padded as TRL pads: prompts on the left, completions on the right."""
    length = max(length, max(map(len, sequences)))
    ids = torch.zeros(len(sequences), length, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, tokens in enumerate(sequences):
        start = length - len(tokens) if side == "left" else 0
        ids[row, start : start + len(tokens)] = torch.tensor(tokens)
        mask[row, start : start + len(tokens)] = 1
    return ids, mask


def step():
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def dense(item):
    """A loss on every token of sequences of one length; forward, backward, clipping, AdamW."""
    ids = torch.tensor(item["sequences"])
    optimizer.zero_grad(set_to_none=True)
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    step()
    return loss.item()


def update(item):
    """One GRPO update on padded micro-batches, as TRL forms them: log-probabilities of the completions' tokens only.

    A batch's `width` is that of its prompts' padding: TRL pads the prompts of a whole generation batch to one length.
    """
    optimizer.zero_grad(set_to_none=True)
    total = sum(len(row["completion"]) for batch in item["batches"] for row in batch["rows"])
    summed = 0.0
    for width, batch in ((batch["width"], batch["rows"]) for batch in item["batches"]):
        prompts, prompt_mask = padded([row["prompt"] for row in batch], "left", width)
        completions, completion_mask = padded([row["completion"] for row in batch], "right")
        old, _ = padded_values([row["old"] for row in batch], completions.shape[1])
        advantages = torch.tensor([row["advantage"] for row in batch])[:, None]
        ids = torch.cat([prompts, completions], 1)
        mask = torch.cat([prompt_mask, completion_mask], 1)
        keep = completions.shape[1]
        logits = model(input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=keep + 1).logits[:, :-1]
        chosen = torch.gather(logits, 2, completions[:, :, None]).squeeze(2)
        # Row by row, as TRL's selective_log_softmax does to save memory.
        policy = chosen - torch.stack([row.logsumexp(-1) for row in logits])
        ratio = torch.exp(policy - old)
        objective = torch.min(ratio * advantages, torch.clamp(ratio, 0.8, 1.28) * advantages)
        loss = -(objective * completion_mask).sum() / total
        loss.backward()
        summed += (policy * completion_mask).sum().item()
    step()
    return summed / total


def padded_values(rows, length):
    values = torch.zeros(len(rows), length)
    for row, own in enumerate(rows):
        values[row, : len(own)] = torch.tensor(own)
    return values, length


def generate(item):
    """Sampling from prompts of one length with a key-value cache, a fixed number of new tokens."""
    ids = torch.tensor(item["prompts"])
    with torch.inference_mode():
        out = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0,
            top_p=1.0, min_new_tokens=item["new"], max_new_tokens=item["new"], pad_token_id=0)
    assert out.shape[1] == ids.shape[1] + item["new"]
    return float(out[:, ids.shape[1] :].float().mean())


actions = {"dense": dense, "update": update, "generate": generate}
print(json.dumps({"name": f"PyTorch {torch.__version__}, transformers {transformers.__version__}"}), flush=True)
for line in sys.stdin:
    item = work["items"][json.loads(line)["work"]]
    start = time.perf_counter()
    check = actions[item["action"]](item)
    print(json.dumps({"seconds": time.perf_counter() - start, "check": check}), flush=True)
