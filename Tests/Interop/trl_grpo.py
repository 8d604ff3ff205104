#!/usr/bin/env python3
"""Trains some steps with TRL's GRPOTrainer and stepwise-reward as its reward, and checks what came of it. `make interop` runs it.

    python Tests/Interop/trl_grpo.py --url http://127.0.0.1:8080 [--steps 4] [--model FOLDER, NAME or FILE.gguf]

Without --model it trains a tiny random model, which writes noise: enough to see that every reward is the one that Python's difflib gives
to the completion it belongs to, that an item that cannot be scored is left out, and that the weights move. For the second of these, the
service must be started with limits.maximumTextLength 200: one row's expert step is longer.
"""
import argparse
import difflib
import importlib.util
import math
import os
import pathlib
import tempfile
import urllib.request
import warnings

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
warnings.filterwarnings("ignore", category=FutureWarning)

import torch
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from transformers.trainer_callback import PrinterCallback
from trl import GRPOConfig, GRPOTrainer

SHIM = pathlib.Path(__file__).resolve().parents[2] / "services/reward/clients/stepwise_trl.py"
TOO_LONG = "1 + 1 = 2. " * 20
PROBLEMS = [
    ("What is 71 + 5 - 32? First step:", "71 + 5 = 76"),
    ("What is 12 + 30 + 4? First step:", "12 + 30 = 42"),
    ("What is 9 * 3 - 7? First step:", "9 * 3 = 27"),
    ("What is 1 + 1, many times? First step:", TOO_LONG),
]
GENERATIONS, PROMPTS = 4, 2


def tiny():
    """A random model of some 100,000 parameters with a tokenizer of bytes."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    torch.manual_seed(7)
    config = Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )  # fmt: skip
    return Qwen2ForCausalLM(config), tokenizer


def pretrained(name):
    path = pathlib.Path(name)
    source, options = (path.parent, {"gguf_file": path.name}) if path.suffix == ".gguf" else (name, {})
    tokenizer = AutoTokenizer.from_pretrained(source, **options)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, **options)
    if options:
        # Its weights are numbers like any others by now, but transformers' trainer takes it for a quantised model.
        weights = model.state_dict()
        model = AutoModelForCausalLM.from_config(model.config)
        model.load_state_dict(weights)
    return model, tokenizer


def rows(tokenizer):
    """Messages for a model that has a chat template, else text."""
    def prompt(text):
        request = f"{text} Write the calculation only."
        return [{"role": "user", "content": request}] if tokenizer.chat_template else text + "\n"

    return Dataset.from_list([{"prompt": prompt(text), "expert_step": step} for text, step in PROBLEMS])


def expected(completion, step):
    """The reward by the definition: difflib's ratio; -1 for an action that is none; None for what is too long to be scored."""
    text = completion if isinstance(completion, str) else completion[-1]["content"]
    if not text.strip():
        return -1.0
    return None if step == TOO_LONG else difflib.SequenceMatcher(None, text, step, autojunk=False).ratio()


def counted(url):
    """How many items the service says it has seen."""
    with urllib.request.urlopen(url + "/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("reward_items_total{"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--model")
    options = parser.parse_args()

    spec = importlib.util.spec_from_file_location("stepwise_trl", SHIM)
    shim = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shim)
    # Models that have not been trained for it do not think in <think> tags: what they write is the action.
    score = shim.stepwise_reward(options.url, format="action")
    seen = []

    async def stepwise(completions, expert_step, **columns):
        rewards = await score(completions=completions, expert_step=expert_step, **columns)
        seen.extend(zip(completions, expert_step, rewards, strict=True))
        return rewards

    model, tokenizer = pretrained(options.model) if options.model else tiny()
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    items = counted(options.url)
    with tempfile.TemporaryDirectory() as folder:
        arguments = GRPOConfig(
            output_dir=folder, max_steps=options.steps, per_device_train_batch_size=PROMPTS * GENERATIONS,
            num_generations=GENERATIONS, max_completion_length=24, learning_rate=1e-3 if not options.model else 1e-5,
            logging_steps=1, use_cpu=True, bf16=False, report_to="none", save_strategy="no", disable_tqdm=True, seed=3,
        )  # fmt: skip
        trainer = GRPOTrainer(
            model=model, reward_funcs=stepwise, args=arguments, train_dataset=rows(tokenizer), processing_class=tokenizer)
        trainer.remove_callback(PrinterCallback)
        trainer.train()

    log = [line for line in trainer.state.log_history if "rewards/stepwise/mean" in line]
    for line in log:
        print({key: line[key] for key in ("rewards/stepwise/mean", "reward_std", "grad_norm", "stepwise/errors") if key in line})
    wrong = [(text, step[:40], reward) for text, step, reward in seen if reward != expected(text, step)]
    count = options.steps * PROMPTS * GENERATIONS
    moved = sum(not torch.equal(value, before[name]) for name, value in model.named_parameters())
    errors = sum(reward is None for _, _, reward in seen)
    checks = {
        f"{count} completions were scored": len(seen) == count and counted(options.url) - items == count,
        "every reward is difflib's for its own completion": not wrong,
        "some could not be scored, and had no reward": errors > 0 and sum(line["stepwise/errors"] for line in log) == errors,
        "rewards differ within groups": any(line["reward_std"] > 0 for line in log),
        "every loss and gradient is a number": all(math.isfinite(line["loss"]) and math.isfinite(line["grad_norm"]) for line in log),
        "the weights moved": moved > 0 and all(torch.isfinite(value).all() for value in model.parameters()),
    }
    for check, holds in checks.items():
        print("ok  " if holds else "FAIL", check)
    for case in wrong[:5]:
        print("     wrong:", case)
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
