#!/usr/bin/env python3
"""What transformers computes with the real SmolLM2, for SmolLM2ParityTests to hold Stepwise to. Run by scripts/check-smollm2.

    make_smollm2_parity.py FOLDER GSM8K_TEST OUTPUT

FOLDER is the checkpoint that `stepwise-trainer convert` made. Writes OUTPUT, JSON: for 20 rows of GSM8K a chat prompt of the question
in ids, its greedy continuation of 64 tokens and how far apart the two best logits were at each; for 20 rows the ids of
question and answer, the sum of their log-probabilities and the perplexity over all; the logits after the first prompt.
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

ROWS, NEW_TOKENS = 20, 64


def main(folder, rows, output):
    torch.set_grad_enabled(False)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, report = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    faults = {key: value for key, value in report.items() if value}
    assert not faults, faults
    model.eval()
    prompts, texts, count, total = [], [], 0, 0.0
    for line in open(rows).readlines()[:ROWS]:
        row = json.loads(line)
        prompt = f"<|im_start|>user\n{row['question']}<|im_end|>\n<|im_start|>assistant\n"
        ids = tokenizer(prompt, add_special_tokens=False, return_tensors="pt").input_ids
        result = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW_TOKENS, eos_token_id=-1,
            pad_token_id=0,
            return_dict_in_generate=True, output_logits=True)
        best = [logits[0].topk(2).values for logits in result.logits]
        prompts.append({"text": prompt, "tokens": ids[0].tolist(),
                        "continuation": result.sequences[0, ids.shape[1]:].tolist(),
                        "margins": [float(pair[0] - pair[1]) for pair in best]})
        text = row["question"] + "\n" + row["answer"]
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        scores = model(ids).logits[0, :-1].log_softmax(-1).gather(1, ids[0, 1:, None]).double().sum().item()
        texts.append({"text": text, "tokens": ids[0].tolist(), "logProbability": scores})
        count, total = count + ids.shape[1] - 1, total + scores
    first = torch.tensor([prompts[0]["tokens"]])
    logits = model(first).logits[0, -1].tolist()
    perplexity = float(torch.tensor(-total / count, dtype=torch.float64).exp())
    json.dump({"prompts": prompts, "texts": texts, "perplexity": perplexity, "logits": logits}, open(output, "w"))
    print(f"transformers: perplexity {perplexity:.6f} over {count} tokens, smallest margin of a greedy choice "
          f"{min(min(prompt['margins']) for prompt in prompts):.6f}")


if len(sys.argv) != 4:
    sys.exit(__doc__)
main(*sys.argv[1:])
