#!/usr/bin/env python3
"""Makes Tests/Fixtures/checkpoints: tiny random models as transformers writes them, with the logits that transformers computes.

    python3 -m venv ~/venv && ~/venv/bin/pip install torch transformers safetensors tokenizers numpy
    ~/venv/bin/python Tests/Fixtures/make_checkpoints.py

Each folder holds config.json, model.safetensors, tokenizer.json, tokenizer_config.json and expected.safetensors with
`tokens` [T] and `logits` [T, V], computed in float32 from the weights as they are stored. ModelCoreTests load them.
"""
import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2Config
from transformers import Qwen2ForCausalLM
from transformers.convert_slow_tokenizer import bytes_to_unicode

FOLDER = pathlib.Path(__file__).parent / "checkpoints"
TEXT = "<|im_start|>Add 2 and 3. é日<|im_end|><think>2 + 3 = 5</think>#### 5<|im_end|><|endoftext|>"
SHARED = dict(vocab_size=264, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=128, initializer_range=0.3, bos_token_id=None,
              eos_token_id=256)
CONFIGURATIONS = {
    "tiny-llama": (LlamaForCausalLM, LlamaConfig(
        **SHARED, rms_norm_eps=1e-5, tie_word_embeddings=False,
        rope_parameters={"rope_type": "default", "rope_theta": 50000.0}), torch.float32),
    "tiny-qwen2": (Qwen2ForCausalLM, Qwen2Config(
        **SHARED, rms_norm_eps=1e-6, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}), torch.bfloat16),
}


def byte_tokenizer():
    vocabulary = {character: byte for byte, character in bytes_to_unicode().items()}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False)
                                  for text in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in ("<think>", "</think>")])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>", pad_token="<|endoftext|>")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, (model_class, configuration, dtype) in CONFIGURATIONS.items():
        torch.manual_seed(len(name))
        folder = FOLDER / name
        model = model_class(configuration)
        for parameter in model.parameters():
            # Also norms and biases, which transformers initialises to constants that hide a missing term.
            torch.nn.init.normal_(parameter, mean=1.0 if parameter.dim() == 1 else 0.0, std=0.3)
        model.to(dtype).save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        tokenizer = byte_tokenizer()
        tokenizer.save_pretrained(folder)

        stored = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        tokens = tokenizer(TEXT, return_tensors="pt").input_ids
        with torch.no_grad():
            logits = stored(tokens).logits[0]
        save_file({"tokens": tokens[0].float(), "logits": logits.contiguous()}, folder / "expected.safetensors")
        sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
        print(name, json.dumps(sizes), {str(value.dtype) for value in load_file(folder / "model.safetensors").values()})
        assert max(sizes.values()) < 200_000


main()
