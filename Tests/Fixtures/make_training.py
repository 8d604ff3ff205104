#!/usr/bin/env python3
"""Makes training.json in each folder of Tests/Fixtures/checkpoints: a few training steps as PyTorch computes them.

    ~/venv/bin/python Tests/Fixtures/make_training.py        (the packages of make_checkpoints.py)

Six steps of next-token loss on that folder's model, in float32: torch.optim.AdamW (norms and biases not decayed), clip_grad_norm_, a
linear warm-up and cosine decay. Written are each step's loss, gradient norm before clipping and learning rate; the norm of every
parameter's gradient in the first step; and of every parameter how far it has moved in the end and every k-th of its values.
TrainingParityTests does the same steps.
"""
import json
import math
import pathlib

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

FOLDER = pathlib.Path(__file__).parent / "checkpoints"
STEPS, WARMUP, PEAK, FINAL_RATIO, MAXIMUM_NORM = 6, 2, 1e-2, 0.1, 6.0
BETAS, EPSILON, DECAY = (0.9, 0.95), 1e-8, 0.1


def rate(step):
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    share = 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP)))
    return PEAK * (FINAL_RATIO + (1 - FINAL_RATIO) * share)


def train(folder):
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokens = load_file(folder / "expected.safetensors")["tokens"].long()
    parameters = dict(model.named_parameters())
    before = {name: value.detach().clone() for name, value in parameters.items()}
    optimizer = torch.optim.AdamW(
        [{"params": [value for value in parameters.values() if value.dim() > 1], "weight_decay": DECAY},
         {"params": [value for value in parameters.values() if value.dim() == 1], "weight_decay": 0.0}],
        lr=PEAK, betas=BETAS, eps=EPSILON)
    steps, gradients = [], {}
    for step in range(STEPS):
        batch = (tokens + 7 * step) % 264
        optimizer.zero_grad()
        logits = model(batch.unsqueeze(0)).logits[0]
        loss = torch.nn.functional.cross_entropy(logits[:-1], batch[1:])
        loss.backward()
        if step == 0:
            gradients = {name: value.grad.norm().item() for name, value in parameters.items()}
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), MAXIMUM_NORM).item()
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        optimizer.step()
        steps.append({"loss": loss.item(), "norm": norm, "rate": rate(step)})
    final = {}
    for name, value in parameters.items():
        flat = value.detach().flatten()
        final[name] = {"moved": (value.detach() - before[name]).norm().item(), "stride": max(1, flat.numel() // 8),
                       "values": flat[::max(1, flat.numel() // 8)].tolist()}
    norms = [step["norm"] for step in steps]
    assert min(norms) < MAXIMUM_NORM < max(norms), f"clipping must be on in some steps and off in others: {norms}"
    configuration = {"steps": STEPS, "warmupSteps": WARMUP, "peak": PEAK, "finalRatio": FINAL_RATIO, "beta1": BETAS[0],
                     "beta2": BETAS[1], "epsilon": EPSILON, "weightDecay": DECAY, "maximumNorm": MAXIMUM_NORM}
    (folder / "training.json").write_text(json.dumps(
        {"configuration": configuration, "steps": steps, "firstGradientNorms": gradients, "final": final}, indent=1))
    print(folder.name, [round(step["loss"], 4) for step in steps], [round(norm, 3) for norm in norms])


for name in sorted(path.name for path in FOLDER.iterdir()):
    train(FOLDER / name)
