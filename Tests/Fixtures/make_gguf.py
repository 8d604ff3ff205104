#!/usr/bin/env python3
"""Makes Tests/Fixtures/gguf with the `gguf` package of llama.cpp, from Tests/Fixtures/checkpoints.

    python3 -m venv ~/venv && ~/venv/bin/pip install torch safetensors gguf numpy
    ~/venv/bin/python Tests/Fixtures/make_gguf.py

types.gguf               one tensor of every type that can be read, and metadata of every type
types.safetensors        its tensors as gguf.quants.dequantize gives them
NAME.gguf                the checkpoints in llama.cpp's names and row order, as its convert_hf_to_gguf.py writes them

ModelCoreTests read them.
"""
import json
import pathlib

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize
from safetensors.numpy import save_file
from safetensors.torch import load_file

FIXTURES = pathlib.Path(__file__).parent
FOLDER = FIXTURES / "gguf"
MODULES = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
           "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
           "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
           "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def types():
    writer = gguf.GGUFWriter(FOLDER / "types.gguf", "none")
    for name, value in {"uint8": 200, "int8": -100, "uint16": 60000, "int16": -30000, "uint32": 4000000000,
                        "int32": -2000000000, "uint64": 2**63 + 5, "int64": -2**62, "float32": 0.5, "float64": 1e-300,
                        "bool": True, "string": "naïve 日本"}.items():
        getattr(writer, f"add_{name}")(f"test.{name}", value)
    writer.add_array("test.strings", ["a", "", "é b"])
    writer.add_array("test.integers", [1, -2, 3])
    writer.add_array("test.floats", [0.25, -8.0])
    random = np.random.default_rng(7)
    values = random.standard_normal((3, 64)).astype(np.float32) * random.uniform(0.01, 4, (3, 1)).astype(np.float32)
    values[0, :4] = [0, -0.0, 1e-6, 3e4]
    expected = {}
    for kind in (Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1):
        data = quantize(values, kind)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = dequantize(data, kind).astype(np.float32)
    for kind, halves in ((Type.Q4_K, (0, 2)), (Type.Q5_K, (0, 2)), (Type.Q6_K, (208,))):
        # The package cannot make K-quants: any bytes are blocks, as long as their scales are numbers.
        size = gguf.GGML_QUANT_SIZES[kind][1]
        blocks = random.integers(0, 256, (2, 2, size), dtype=np.uint8)
        for offset in halves:
            scale = random.uniform(-0.02, 0.02, (2, 2, 1)).astype(np.float16)
            blocks[:, :, offset:offset + 2] = scale.view(np.uint8)
        data = blocks.reshape(2, 2 * size)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = dequantize(data, kind).astype(np.float32)
    finish(writer)
    save_file(expected, FOLDER / "types.safetensors")


def interleave(weight, heads):
    """convert_hf_to_gguf.py's LlamaModel.permute."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(
        weight.shape)


def model(name, kind, output=None, factors=None):
    folder = FIXTURES / "checkpoints" / name
    config = json.loads((folder / "config.json").read_text())
    architecture = config["model_type"]
    writer = gguf.GGUFWriter(FOLDER / f"{output or name}.gguf", architecture)
    width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(width)
    writer.add_value_length(width)
    rope = config["rope_parameters"]
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_token_list([f"t{index}" for index in range(config["vocab_size"])])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
    if factors is not None:
        writer.add_tensor("rope_freqs.weight", factors)
    for key, value in load_file(folder / "model.safetensors").items():
        value = value.to(torch.float32).numpy()
        stem, suffix = key.rsplit(".", 1)
        if stem.startswith("model.layers."):
            _, _, layer, module = stem.split(".", 3)
            target = f"blk.{layer}.{MODULES[module]}.{suffix}"
        else:
            target = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}[stem] + ".weight"
        if architecture == "llama" and "q_proj" in key:
            value = interleave(value, config["num_attention_heads"])
        if architecture == "llama" and "k_proj" in key:
            value = interleave(value, config["num_key_value_heads"])
        stored = Type.F32 if value.ndim == 1 else kind
        writer.add_tensor(target, quantize(value, stored), raw_dtype=stored)
    finish(writer)


def llama3_factors(width, theta, factor, low=1.0, high=4.0, original=8192):
    """As convert_hf_to_gguf.py writes rope_freqs.weight."""
    factors = []
    for index in range(0, width, 2):
        turns = original / (2 * np.pi * theta ** (index / width))
        smooth = (turns - low) / (high - low)
        factors.append(factor if turns < low else 1.0 if turns > high else 1 / ((1 - smooth) / factor + smooth))
    return np.array(factors, dtype=np.float32)


FOLDER.mkdir(exist_ok=True)
types()
model("tiny-llama", Type.F32)
model("tiny-llama-yarn", Type.F32)
model("tiny-qwen2", Type.BF16)
model("tiny-qwen3", Type.F16)
model("tiny-llama-llama3", Type.F32, output="rope-factors", factors=llama3_factors(16, 10000.0, 32.0))
for path in sorted(FOLDER.iterdir()):
    print(path.name, path.stat().st_size)
    assert path.stat().st_size < 200_000
