"""The TRL side of `stepwise-benchmark peers step`: GRPOTrainer on the same prompts, one optimiser step a request.

Usage: trl_peer.py CHECKPOINT WORK.json. Reads one request a line on standard input, {"work": name}, and answers with one line,
{"seconds": wall, "check": mean reward}. A step is rollouts, scoring and the update, as in our side's time.
"""

import difflib
import json
import os
import sys
import tempfile
import time

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Whatever libraries print must not end up among the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import parent  # noqa: F401
import torch
import transformers
import trl
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

transformers.logging.set_verbosity_error()
checkpoint, path = sys.argv[1:3]
with open(path) as file:
    work = json.load(file)
torch.set_num_threads(work.get("threads", os.cpu_count()))
(item,) = work["items"].values()
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
rewards = []


def reward(completions, expert, **kwargs):
    """difflib's ratio of the text and the expert's step."""
    values = [difflib.SequenceMatcher(None, text, target, False).ratio() for text, target in zip(completions, expert)]
    rewards[:] = values
    return values


def say(**answer):
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


class Turns(TrainerCallback):
    """Waits for a request before each step and answers after it."""

    def on_step_begin(self, args, state, control, **kwargs):
        if not sys.stdin.readline():
            os._exit(0)
        self.start = time.perf_counter()

    def on_step_end(self, args, state, control, **kwargs):
        say(seconds=time.perf_counter() - self.start, check=sum(rewards) / len(rewards))


prompts = [tokenizer.decode(tokens) for tokens in item["prompts"]]
group = item["group"]
rows = item.get("rows", group)
configuration = GRPOConfig(
    output_dir=tempfile.mkdtemp(prefix="stepwise-trl-"), use_cpu=True, bf16=False, fp16=False, beta=0.0,
    gradient_checkpointing=False, per_device_train_batch_size=rows, num_generations=group,
    gradient_accumulation_steps=len(prompts) * group // rows, max_completion_length=item["new"], temperature=1.0, top_k=0, top_p=1.0,
    generation_kwargs={"min_new_tokens": item["new"]}, learning_rate=1e-8, max_steps=10_000, save_strategy="no",
    logging_strategy="no", report_to=[], disable_tqdm=True, epsilon_high=0.28, max_grad_norm=1.0)
trainer = GRPOTrainer(
    model=AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32), reward_funcs=reward,
    args=configuration, processing_class=tokenizer, callbacks=[Turns()],
    train_dataset=Dataset.from_dict({"prompt": prompts, "expert": item["experts"]}))
say(name=f"TRL {trl.__version__}, PyTorch {torch.__version__}")
trainer.train()
