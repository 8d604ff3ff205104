#!/usr/bin/env python3
"""Makes Tests/Fixtures/adapters: low-rank adapters as PEFT writes them, with what it computes with them.

    python3 -m venv ~/venv && ~/venv/bin/pip install torch==2.13.0+cpu transformers==5.24.0 peft==0.21.2 safetensors
    ~/venv/bin/python Tests/Fixtures/make_adapters.py

A LoRA of rank 3 on all linear layers of checkpoints/tiny-llama, and one on q_proj and v_proj of tiny-qwen3, with random A and B. Written beside the
adapters: tokens; logits with the adapters on; the losses of five AdamW steps of next-token loss on the adapters alone, and every gradient
of the first. AdapterCheckpointTests computes the same.
"""
import json
import pathlib

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

FIXTURES = pathlib.Path(__file__).parent
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def make(name, targets, rank, alpha):
    torch.manual_seed(7)
    torch.set_num_threads(1)
    base = FIXTURES / "checkpoints" / name
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    model = get_peft_model(model, LoraConfig(
        r=rank, lora_alpha=alpha, target_modules=targets, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM"))
    parameters = {key: value for key, value in model.named_parameters() if value.requires_grad}
    with torch.no_grad():
        for value in parameters.values():
            value.normal_(0, 0.3)
    folder = FIXTURES / "adapters" / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    settings = json.loads((folder / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = f"../../checkpoints/{name}"
    settings["target_modules"] = sorted(settings["target_modules"])
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    for file in ["tokenizer.json", "tokenizer_config.json"]:
        (folder / file).write_bytes((base / file).read_bytes())

    tokens = load_file(base / "expected.safetensors")["tokens"].long()
    optimizer = torch.optim.AdamW(parameters.values(), lr=3e-3, weight_decay=0.1, betas=(0.9, 0.999))
    names = {id(value): key for key, value in zip(
        get_peft_model_state_dict(model).keys(), parameters.values())}
    expected, losses = {}, []
    for step in range(5):
        optimizer.zero_grad()
        logits = model(tokens.unsqueeze(0)).logits[0]
        loss = torch.nn.functional.cross_entropy(logits[:-1], tokens[1:])
        loss.backward()
        if step == 0:
            expected["logits"] = logits.detach().clone()
            for key, value in parameters.items():
                expected["gradient." + key.replace(".default", "")] = value.grad.clone()
        optimizer.step()
        losses.append(loss.item())
    assert set(names.values()) == {key.removeprefix("gradient.") for key in expected if key != "logits"}, "names"
    expected["tokens"] = tokens.float()
    expected["losses"] = torch.tensor(losses)
    save_file({key: value.contiguous() for key, value in expected.items()}, folder / "expected.safetensors")
    print(name, [round(loss, 4) for loss in losses], sum(value.numel() for value in parameters.values()), "parameters")


make("tiny-llama", ALL, rank=3, alpha=6)
make("tiny-qwen3", ["q_proj", "v_proj"], rank=2, alpha=5)
