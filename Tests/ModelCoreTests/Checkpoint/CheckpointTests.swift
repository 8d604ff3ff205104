import Foundation
import ModelCore
import TestSupport
import Testing

struct CheckpointTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("checkpoint")
    }

    private func model(_ type: String = "llama", tied: Bool = true, bias: Bool = false, seed: UInt64 = 1) throws
        -> CausalLanguageModel
    {
        try TinyModel.make(
            TinyModel.configuration(modelType: type, vocabularySize: 264, tied: tied, attentionBias: bias), seed: seed)
    }

    private func parameters(_ model: CausalLanguageModel) throws -> [String: [Float]] {
        try Dictionary(
            uniqueKeysWithValues: model.parameters.entries.map { ($0.name, try model.parameters.values($0.name)) })
    }

    @Test(arguments: [("llama", true, false), ("llama", false, true), ("qwen2", true, false)])
    func loadsWhatItSaves(_ type: String, _ tied: Bool, _ bias: Bool) throws {
        let model = try model(type, tied: tied, bias: bias)
        try Checkpoint.save(model, tokenizer: ByteTokenizer(), to: path)
        let loaded = try Checkpoint.load(from: path)
        #expect(loaded.model.configuration == model.configuration)
        #expect(try parameters(loaded.model) == parameters(model))
        #expect(loaded.tokenizer as? ByteTokenizer == ByteTokenizer())
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [
                "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
            ])
        #expect(try folder.names() == ["checkpoint"], "no temporary folder is left")
    }

    @Test func replacesAnOlderCheckpointWithItsFurtherFiles() throws {
        try Checkpoint.save(try model(seed: 1), tokenizer: ByteTokenizer(), to: path) { temporary in
            try "old".write(toFile: temporary + "/state", atomically: false, encoding: .utf8)
        }
        #expect(FileManager.default.fileExists(atPath: path + "/state"))
        let newer = try model(seed: 2)
        try Checkpoint.save(newer, tokenizer: ByteTokenizer(), to: path)
        #expect(!FileManager.default.fileExists(atPath: path + "/state"))
        #expect(try parameters(Checkpoint.load(from: path).model) == parameters(newer))
        #expect(try folder.names() == ["checkpoint"])
    }

    @Test func aSaveThatFailsLeavesTheOlderCheckpoint() throws {
        struct Stop: Error {}
        let older = try model(seed: 1)
        try Checkpoint.save(older, tokenizer: ByteTokenizer(), to: path)
        #expect(throws: Stop.self) {
            try Checkpoint.save(try model(seed: 2), tokenizer: ByteTokenizer(), to: path) { _ in throw Stop() }
        }
        #expect(try parameters(Checkpoint.load(from: path).model) == parameters(older))
        #expect(try folder.names() == ["checkpoint"])
    }

    @Test func doesNotReplaceWhatIsNoCheckpoint() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try folder.write("thesis", to: "checkpoint/thesis.tex")
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.save(try model(), tokenizer: ByteTokenizer(), to: path)
        }
        #expect(error?.message.contains("is not a checkpoint") == true)
        #expect(try folder.names() == ["checkpoint"])
        try folder.write("x", to: "file")
        let file = #expect(throws: CheckpointError.self) {
            try Checkpoint.save(try model(), tokenizer: ByteTokenizer(), to: folder.file("file"))
        }
        #expect(file?.message == "is a file; choose a folder for the checkpoint")
    }

    // MARK: What cannot be loaded

    /// Saves a checkpoint and writes its weights again with other names and shapes.
    private func saveWithTensors(_ change: (inout [SafetensorsFile.Output]) -> Void) throws {
        let model = try model()
        try Checkpoint.save(model, tokenizer: ByteTokenizer(), to: path)
        var tensors = model.parameters.entries.map { SafetensorsFile.Output(name: $0.name, shape: $0.shape) }
        change(&tensors)
        let shapes = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
        try SafetensorsFile.write(tensors, to: path + "/model.safetensors") { name in
            [Float](repeating: 0, count: (shapes[name] ?? []).reduce(1, *))
        }
    }

    private func loadError() -> CheckpointError? {
        #expect(throws: CheckpointError.self) { try Checkpoint.load(from: path) }
    }

    @Test func namesMissingAndSurplusTensors() throws {
        try saveWithTensors { tensors in
            tensors.removeAll { $0.name == "model.norm.weight" }
            tensors.append(SafetensorsFile.Output(name: "score.weight", shape: [1]))
        }
        let error = loadError()
        #expect(error?.file == path + "/model.safetensors")
        #expect(
            error?.message == "tensors that config.json calls for are missing: model.norm.weight [24]; "
                + "tensors are not part of the model: score.weight [1]")
    }

    @Test func namesBothShapesOfAMisshapenTensor() throws {
        try saveWithTensors { tensors in
            let index = tensors.firstIndex { $0.name == "model.norm.weight" } ?? 0
            tensors[index] = SafetensorsFile.Output(name: "model.norm.weight", shape: [7])
        }
        let error = loadError()
        #expect(error?.tensor == "model.norm.weight")
        #expect(error?.message == "its shape is [7]; config.json calls for [24]")
    }

    @Test func acceptsATiedOutputThatIsStoredAllTheSame() throws {
        try saveWithTensors { $0.append(SafetensorsFile.Output(name: "lm_head.weight", shape: [264, 24])) }
        _ = try Checkpoint.load(from: path)
    }

    @Test(arguments: [
        (#""hidden_size" : 24"#, #""hidden_sizes" : 24"#, "the key hidden_size is missing"),
        (#""hidden_size" : 24"#, #""hidden_size" : "24""#, "hidden_size is not a Int"),
        (#""model_type" : "llama""#, #""model_type" : "gpt2""#, "model_type 'gpt2' is not supported"),
        (#""vocab_size" : 264"#, #""vocab_size" : 100"#, "vocab_size 100 is smaller than the tokenizer's 264 tokens"),
        ("{", "[", "is not valid JSON"),
    ])
    func namesWhatIsWrongInTheConfiguration(_ old: String, _ new: String, _ message: String) throws {
        try Checkpoint.save(try model(), tokenizer: ByteTokenizer(), to: path)
        let text = String(decoding: try folder.read("checkpoint/config.json"), as: UTF8.self)
        #expect(text.contains(old))
        try folder.write(text.replacingOccurrences(of: old, with: new), to: "checkpoint/config.json")
        let error = loadError()
        #expect(error?.file == path + "/config.json")
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func namesAMissingFolderAndFiles() throws {
        #expect(loadError()?.description == path + ": there is no such checkpoint folder")
        try Checkpoint.save(try model(), tokenizer: ByteTokenizer(), to: path)
        try FileManager.default.removeItem(atPath: path + "/model.safetensors")
        #expect(loadError()?.description == path + "/model.safetensors: cannot be opened: No such file or directory")
    }

    /// A reader that follows them down would overflow its stack.
    @Test(arguments: ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])
    func listsInListsWithoutEndAreRefused(_ name: String) throws {
        try Checkpoint.save(try model(), tokenizer: ByteTokenizer(), to: path)
        var bytes = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        if name.hasSuffix("safetensors") {
            bytes = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) } + bytes
        }
        try folder.write(bytes, to: "checkpoint/" + name)
        do {
            _ = try Checkpoint.load(from: path)
            Issue.record("it was read")
        } catch let error as CheckpointError {
            #expect(error.file == path + "/" + name && error.message.contains("is not valid JSON"), "\(error)")
        } catch let error as TokenizerError {
            #expect(error.file == path + "/" + name && error.message.contains("is not valid JSON"), "\(error)")
        }
    }

    @Test func aTruncatedFileIsSaidToBe() throws {
        try Checkpoint.save(try model(), tokenizer: ByteTokenizer(), to: path)
        let bytes = try folder.read("checkpoint/model.safetensors")
        try folder.write(Array(bytes.dropLast(10)), to: "checkpoint/model.safetensors")
        let error = loadError()
        #expect(error?.tensor != nil)
        #expect(error?.message.contains("the file is truncated: its data ends at byte \(bytes.count)") == true)
    }
}
