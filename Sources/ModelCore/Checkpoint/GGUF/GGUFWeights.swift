/// The weights of a GGUF under Hugging Face's names, shapes and row order.
struct GGUFWeights: WeightSource {
    let names: [String]
    let authority = "its metadata"
    private let file: GGUFFile
    private let configuration: ModelConfiguration
    /// Tensors of the file by Hugging Face name.
    private let tensors: [String: GGUFFile.TensorInfo]

    /// - Throws: ``CheckpointError`` for a tensor that has no place in the model.
    init(file: GGUFFile, configuration: ModelConfiguration) throws {
        var tensors: [String: GGUFFile.TensorInfo] = [:]
        var names: [String] = []
        for tensor in file.tensors where tensor.name != Self.ropeFactors {
            guard let name = Self.huggingFaceName(tensor.name) else {
                throw CheckpointError(
                    file: file.path, tensor: tensor.name, message: "is not part of a Llama, Qwen2 or Qwen3 model")
            }
            tensors[name] = tensor
            names.append(name)
        }
        self.file = file
        self.configuration = configuration
        self.tensors = tensors
        self.names = names
    }

    var path: String { file.path }

    func storedName(_ name: String) -> String { tensors[name]?.name ?? name }

    func file(of name: String) -> String { file.path }

    func shape(of name: String) -> [Int]? { tensors[name]?.shape }

    func read(_ name: String, into target: UnsafeMutablePointer<Float>) throws {
        guard let tensor = tensors[name] else {
            throw CheckpointError(file: path, tensor: name, message: "there is no such tensor in the file")
        }
        file.read(tensor, into: target)
        guard configuration.modelType == "llama" else { return }
        let (queries, keys) = (configuration.headCount, configuration.keyValueHeadCount)
        if name.contains(".q_proj.") { Self.unpermute(target, shape: tensor.shape, heads: queries) }
        if name.contains(".k_proj.") { Self.unpermute(target, shape: tensor.shape, heads: keys) }
    }

    /// The factors by which Llama 3's scaling divides frequencies; they follow from config.json's numbers.
    static let ropeFactors = "rope_freqs.weight"

    /// llama.cpp rotates neighbouring rows of a llama head, Hugging Face a row of the first half with one of the second: its
    /// converter interleaves the halves, and this takes them apart again.
    private static func unpermute(_ values: UnsafeMutablePointer<Float>, shape: [Int], heads: Int) {
        let columns = shape.count == 1 ? 1 : shape[1]
        let width = shape[0] / heads
        let head = Buffer(count: width * columns)
        for index in 0..<heads {
            let start = values + index * width * columns
            head.pointer.update(from: start, count: width * columns)
            for row in 0..<width {
                let (half, pair) = (row / (width / 2), row % (width / 2))
                (start + row * columns).update(from: head.pointer + (2 * pair + half) * columns, count: columns)
            }
        }
    }

    /// Hugging Face's name for one of llama.cpp's (gguf-py's tensor_mapping.py); nil for a tensor of no model that is known here.
    static func huggingFaceName(_ name: String) -> String? {
        switch name {
        case "token_embd.weight": return "model.embed_tokens.weight"
        case "output_norm.weight": return "model.norm.weight"
        case "output.weight": return "lm_head.weight"
        default: break
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]), layer >= 0, String(layer) == parts[1],
            ["weight", "bias"].contains(parts[3]), let module = modules[parts[2]]
        else { return nil }
        return "model.layers.\(layer).\(module).\(parts[3])"
    }

    private static let modules = [
        "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
        "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm", "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    ]
}
