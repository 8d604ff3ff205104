"""Writes a GGUF with F16 or BF16 weights from a quantised one: the same numbers, rounded to that type; norms stay F32.

Usage: make_gguf.py SOURCE.gguf TARGET.gguf f16|bf16
"""

import sys

import gguf
import numpy

source, target, kind = sys.argv[1:4]
quantisation = {"f16": gguf.GGMLQuantizationType.F16, "bf16": gguf.GGMLQuantizationType.BF16}[kind]
file_type = {"f16": gguf.LlamaFileType.MOSTLY_F16, "bf16": gguf.LlamaFileType.MOSTLY_BF16}[kind]
reader = gguf.GGUFReader(source)
architecture = reader.get_field("general.architecture").contents()
writer = gguf.GGUFWriter(target, architecture)
for field in reader.fields.values():
    if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
        continue
    kinds = field.types
    if kinds[0] == gguf.GGUFValueType.ARRAY:
        writer.add_key_value(field.name, field.contents(), kinds[0], sub_type=kinds[-1])
    else:
        writer.add_key_value(field.name, field.contents(), kinds[0])
writer.add_file_type(file_type)
for tensor in reader.tensors:
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
    if len(tensor.shape) < 2:
        writer.add_tensor(tensor.name, values)
    else:
        writer.add_tensor(tensor.name, gguf.quants.quantize(values, quantisation), raw_dtype=quantisation)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
