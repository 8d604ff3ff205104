import ArgumentParser
import Foundation
import ModelCore

/// `stepwise-trainer convert`: a GGUF as a Hugging Face folder.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Turn a GGUF file into a Hugging Face checkpoint folder.",
        discussion: """
            Reads GGUF 2 and 3 of the Llama, Qwen2 and Qwen3 families. Quantised weights are expanded as llama.cpp expands them, and the
            folder gives the file's logits, unless they are rounded to bf16. It appears whole or not at all, and transformers opens it.

            Examples:
              stepwise-trainer convert SmolLM2-135M-Instruct.Q4_1.gguf -o smollm2
              stepwise-trainer convert model.Q8_0.gguf -o model --weights bf16
            """)

    enum Weights: String, ExpressibleByArgument, CaseIterable {
        case bf16
        case f32

        var dataType: SafetensorsFile.DataType { self == .bf16 ? .bfloat16 : .float32 }
    }

    @Argument(help: "The GGUF file to read.", completion: .file(extensions: ["gguf"]))
    var input: String

    @Option(name: .shortAndLong, help: "The folder to write; one that holds a checkpoint is replaced.")
    var output: String

    @Option(
        help: """
            The weights' element type: bf16 takes half the space, f32 keeps expanded weights exactly. Unless given, bf16 for a file whose \
            matrices are BF16, else f32.
            """)
    var weights: Weights?

    func run() throws {
        let file = try GGUFFile(path: input)
        let isHalf = file.tensors.allSatisfy { $0.shape.count < 2 || $0.type == .bf16 }
        let weights = weights ?? (isHalf ? .bf16 : .f32)
        let configuration = try Checkpoint.convert(file, to: output, dataType: weights.dataType)
        let kinds = Dictionary(grouping: file.tensors, by: \.type).map { "\($0.value.count) \($0.key.name)" }.sorted()
        let parameters = file.tensors.reduce(0) { $0 + $1.count }
        let hasTokenizer = file.metadata["tokenizer.ggml.model"] != nil
        print(
            """
            \(input): GGUF \(file.version), \(configuration.modelType), \(configuration.layerCount) layers, \
            \(parameters) weights (tensors: \(kinds.joined(separator: ", ")))
            Wrote \(output) with \(weights.rawValue) weights\(hasTokenizer ? " and the tokenizer" : "; the file has no tokenizer")
            """)
    }
}
