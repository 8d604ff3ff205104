#!/usr/bin/env python3
"""Makes policy-losses.json: what PyTorch and its autograd make of the options of GRPO.

    ~/venv/bin/python Tests/Fixtures/make_policy_losses.py        (torch)

Written out as TRL's and verl's trainers have the formulas, in float64, for four rollouts of different lengths whose log-probabilities are
random: the loss of every option and its derivative with respect to each token's log-probability and entropy, clip fractions, ratios and KL;
advantages of three groups under every normalisation; the soft penalty for length. PolicyLossTests and GroupAdvantageTests compare.
"""
import json
import pathlib

import torch

LENGTHS = [3, 5, 1, 4]
MAXIMUM = 6
DEFAULTS = {
    "level": "token", "aggregation": "tokenMean", "clipLow": 0.2, "clipHigh": 0.28, "clipDual": None, "klCoefficient": 0.0,
    "klEstimator": "k3", "entropyCoefficient": 0.0, "correction": "none", "cap": 2.0}
CASES = (
    [{}] + [{"aggregation": name} for name in ("sequenceMean", "sequenceSum", "sequenceSumNormalized")]
    + [{"clipDual": 1.6}, {"clipLow": 0.05, "clipHigh": 0.6}]
    + [{"klCoefficient": 0.3, "klEstimator": name} for name in ("k1", "k2", "k3")]
    + [{"entropyCoefficient": 0.02}, {"entropyCoefficient": 0.02, "aggregation": "sequenceMean"}]
    + [{"level": "sequence", "aggregation": name} for name in ("tokenMean", "sequenceMean")]
    + [{"level": "sequence", "aggregation": "sequenceMean", "clipLow": 3e-2, "clipHigh": 4e-2, "klCoefficient": 0.1}]
    + [{"correction": name, "cap": 1.2} for name in ("tokenTruncate", "tokenMask", "sequenceTruncate", "sequenceMask")]
    + [{"correction": "tokenTruncate", "cap": 1.1, "klCoefficient": 0.2, "entropyCoefficient": 0.01, "clipDual": 1.5,
        "aggregation": "sequenceSumNormalized"},
       {"correction": "tokenMask", "cap": 1.1, "level": "sequence", "aggregation": "sequenceMean"}])


def pad(rows):
    return torch.stack([torch.nn.functional.pad(row, (0, max(LENGTHS) - len(row))) for row in rows])


def aggregate(values, mask, how):
    if how == "tokenMean":
        return (values * mask).sum() / mask.sum()
    sums = (values * mask).sum(-1)
    if how == "sequenceMean":
        return (sums / mask.sum(-1)).mean()
    return sums.mean() if how == "sequenceSum" else sums.mean() / MAXIMUM


def estimate(policy, reference, how):
    difference = reference - policy
    return {"k1": -difference, "k2": difference.square() / 2, "k3": difference.exp() - difference - 1}[how]


def solve(case, inputs):
    mask = pad([torch.ones(length, dtype=torch.float64) for length in LENGTHS])
    policy, old, reference, rollout = (pad(inputs[name]) for name in ("policy", "old", "reference", "rollout"))
    entropy = pad(inputs["entropy"])
    policy.requires_grad_()
    entropy.requires_grad_()
    advantage = inputs["advantage"].unsqueeze(-1)
    log_ratio = policy - old
    if case["level"] == "sequence":
        log_ratio = ((log_ratio * mask).sum(-1) / mask.sum(-1)).unsqueeze(-1).expand_as(policy)
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - case["clipLow"], 1 + case["clipHigh"])
    loss = torch.max(-ratio * advantage, -clipped * advantage)
    low = (clipped * advantage < ratio * advantage) & (advantage < 0)
    high = (clipped * advantage < ratio * advantage) & (advantage > 0)
    dual = torch.zeros_like(low)
    if case["clipDual"] is not None:
        bounded = torch.min(loss, -case["clipDual"] * advantage)
        dual = (advantage < 0) & (bounded < loss)
        loss = torch.where(advantage < 0, bounded, loss)
    correction, cap = case["correction"], case["cap"]
    if correction != "none":
        drift = old - rollout
        if correction.startswith("sequence"):
            drift = (drift * mask).sum(-1, keepdim=True).expand_as(drift)
        weight = drift.exp()
        weight = weight.clamp(max=cap) if correction.endswith("Truncate") else torch.where(weight > cap, 0.0, weight)
        loss = loss * weight
    kl = estimate(policy, reference, case["klEstimator"])
    loss = loss + case["klCoefficient"] * kl
    total = aggregate(loss, mask, case["aggregation"])
    total = total - case["entropyCoefficient"] * aggregate(entropy, mask, case["aggregation"])
    total.backward()
    flat = mask.bool()
    mean = lambda values: ((values.detach() * mask).sum() / mask.sum()).item()
    own = policy - old
    return {
        "options": case, "loss": total.item(), "derivatives": policy.grad[flat].tolist(),
        "entropyDerivatives": (torch.zeros_like(policy) if entropy.grad is None else entropy.grad)[flat].tolist(),
        "clipFractionLow": mean(low.double()), "clipFractionHigh": mean(high.double()),
        "clipFractionDual": mean(dual.double()), "ratioMean": mean(ratio),
        "ratioMaximum": ratio.detach()[flat].max().item(), "approximateKL": mean(own.exp() - 1 - own), "kl": mean(kl),
        "entropy": mean(entropy)}


def advantages(rewards):
    groups = torch.tensor(rewards, dtype=torch.float64)
    distance = groups - groups.mean(-1, keepdim=True)
    result = []
    for ddof in (0, 1):
        for scale in ("groupDeviation", "batchDeviation", "none", "leaveOneOut"):
            epsilon = 1e-4
            if scale == "groupDeviation":
                values = distance / (groups.std(-1, keepdim=True, correction=ddof) + epsilon)
            elif scale == "batchDeviation":
                values = distance / (groups.std(correction=ddof) + epsilon)
            elif scale == "none":
                values = distance
            else:
                count = groups.shape[-1]
                values = groups - (groups.sum(-1, keepdim=True) - groups) / (count - 1)
            result.append({"scale": scale, "ddof": ddof, "epsilon": epsilon, "values": values.tolist()})
    return result


def overlong(length, maximum, buffer, factor):
    # verl's DAPO reward manager.
    return min(-(length - (maximum - buffer)) / buffer * factor, 0)


torch.manual_seed(11)
# Log-probabilities are float32 in the trainer.
draw = lambda scale: [(-torch.rand(length) * scale).double() for length in LENGTHS]
drift = lambda rows, scale: [(row.float() + scale * torch.randn(len(row))).double() for row in rows]
inputs = {"old": draw(3)}
inputs |= {"policy": drift(inputs["old"], 0.6), "reference": drift(inputs["old"], 0.3),
           "rollout": drift(inputs["old"], 0.2), "entropy": [-row for row in draw(2)],
           "advantage": torch.tensor([1.3, -0.7, -1.1, 0.4], dtype=torch.float64)}
rewards = [[0.1, 0.9, -1.0, 0.4], [0.0, 0.0, 1.0, 0.0], [0.31, 0.3, 0.29, 0.3]]
cases = [solve({**DEFAULTS, **case}, inputs) for case in CASES]
for name in ("clipFractionLow", "clipFractionHigh", "clipFractionDual"):
    assert max(case[name] for case in cases) > 0, f"no case has any {name}"
(pathlib.Path(__file__).parent / "policy-losses.json").write_text(json.dumps({
    "maximumTokens": MAXIMUM,
    "inputs": {name: [row.tolist() for row in rows] if name != "advantage" else rows.tolist()
               for name, rows in inputs.items()},
    "cases": cases, "rewards": rewards, "advantages": advantages(rewards),
    "overlong": [{"length": length, "maximum": 20, "buffer": 8, "factor": factor,
                  "penalty": overlong(length, 20, 8, factor)} for length in (3, 12, 13, 16, 20) for factor in (1.0, 0.5)],
}, indent=1))
print(len(cases), "cases")
