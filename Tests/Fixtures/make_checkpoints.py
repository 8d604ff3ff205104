#!/usr/bin/env python3
"""Makes Tests/Fixtures/checkpoints: tiny random models as transformers writes them, with what transformers computes from them.

    python3 -m venv ~/venv && ~/venv/bin/pip install torch transformers safetensors tokenizers numpy
    ~/venv/bin/python Tests/Fixtures/make_checkpoints.py

Each folder holds config.json, model.safetensors, tokenizer.json, tokenizer_config.json and expected.safetensors, computed in
float32 from the weights as they are stored:

    tokens [T], logits [T, V]     a text and its next-token logits
    generated [N]                 the greedy continuation of the first half of the text (no stop token)
    losses [10]                   mean next-token loss of the text before each of ten AdamW steps (see train)
    gradient.NAME                 the gradient of that loss at the start, for every parameter

ModelCoreTests load them.
"""
import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2Config
from transformers import Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM
from transformers.convert_slow_tokenizer import bytes_to_unicode

FOLDER = pathlib.Path(__file__).parent / "checkpoints"
TEXT = "<|im_start|>Add 2 and 3. é日<|im_end|><think>2 + 3 = 5</think>#### 5<|im_end|><|endoftext|>"
NEW_TOKENS = 48
# At this rate PyTorch's own losses in float32 and float64 are within 1e-5 of each other; at 1e-2 tiny-qwen2's differ by 5e-5, half
# of what the test allows.
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 0.1
SHARED = dict(vocab_size=264, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=128, initializer_range=0.3, bos_token_id=None,
              eos_token_id=256)


def llama(scaling, **changes):
    return LlamaForCausalLM, LlamaConfig(**{
        **SHARED, "rms_norm_eps": 1e-5, "tie_word_embeddings": False, **changes,
        "rope_parameters": {"rope_theta": 50000.0, **scaling}}), torch.float32


CONFIGURATIONS = {
    "tiny-llama": llama({"rope_type": "default"}),
    # Wide heads, so that YaRN and Llama 3's scaling meet frequencies on both sides of their bounds.
    "tiny-llama-linear": llama({"rope_type": "linear", "factor": 2.5}, tie_word_embeddings=True, num_hidden_layers=1),
    "tiny-llama-dynamic": llama({"rope_type": "dynamic", "factor": 2.0}, tie_word_embeddings=True, num_hidden_layers=1),
    "tiny-llama-llama3": llama(
        {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
         "original_max_position_embeddings": 32},
        tie_word_embeddings=True, head_dim=16, num_hidden_layers=1, attention_bias=True, mlp_bias=True),
    "tiny-llama-yarn": llama(
        {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32,
         "beta_fast": 8.0},
        tie_word_embeddings=True, head_dim=16, num_hidden_layers=1),
    "tiny-qwen2": (Qwen2ForCausalLM, Qwen2Config(
        **SHARED, rms_norm_eps=1e-6, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}), torch.bfloat16),
    "tiny-qwen3": (Qwen3ForCausalLM, Qwen3Config(
        **SHARED, rms_norm_eps=1e-6, tie_word_embeddings=True, head_dim=16,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}), torch.float16),
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


def train(model, tokens):
    """Ten AdamW steps on one text. Weights decay, norms and biases do not. Returns losses and the first gradients."""
    matrices = [value for value in model.parameters() if value.dim() > 1]
    vectors = [value for value in model.parameters() if value.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": WEIGHT_DECAY},
                                   {"params": vectors, "weight_decay": 0.0}], lr=LEARNING_RATE, betas=(0.9, 0.999))
    losses, gradients = [], {}
    for step in range(10):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(tokens).logits[0, :-1], tokens[0, 1:])
        loss.backward()
        if step == 0:
            gradients = {f"gradient.{name}": value.grad.clone() for name, value in model.named_parameters()}
        losses.append(loss.item())
        optimizer.step()
    return torch.tensor(losses), gradients


def main():
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
        prompt = tokens[:, :tokens.shape[1] // 2]
        with torch.no_grad():
            logits = stored(tokens).logits[0]
            generated = stored.generate(
                prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=NEW_TOKENS,
                eos_token_id=-1, pad_token_id=0)[0, prompt.shape[1]:]
        losses, gradients = train(stored, tokens)
        save_file({"tokens": tokens[0].float(), "logits": logits.contiguous(), "generated": generated.float(),
                   "losses": losses, **gradients}, folder / "expected.safetensors")
        sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
        print(name, json.dumps(sizes), {str(value.dtype) for value in load_file(folder / "model.safetensors").values()},
              [round(loss, 3) for loss in losses.tolist()])
        assert max(sizes.values()) < 200_000
        assert len(generated) == NEW_TOKENS


main()
