import Foundation
import ModelCore
import TestSupport
import Testing

struct GenerationConfigurationTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("checkpoint")
        let configuration = TinyModel.configuration(vocabularySize: 264)
        try Checkpoint.save(try TinyModel.make(configuration), tokenizer: ByteTokenizer(), to: path)
    }

    private func read(_ json: String) throws -> GenerationConfiguration {
        try folder.write(json, to: "checkpoint/generation_config.json")
        return try Checkpoint.generationConfiguration(of: path)
    }

    @Test func readsOneEndOfTextOrSeveral() throws {
        #expect(try read(#"{"eos_token_id": 7}"#).endTokens == [7])
        #expect(try read(#"{"eos_token_id": [7, 8], "pad_token_id": 9}"#).endTokens == [7, 8])
        #expect(try read("{}").endTokens == [])
        try FileManager.default.removeItem(atPath: path + "/generation_config.json")
        #expect(try Checkpoint.generationConfiguration(of: path).endTokens == [])
    }

    @Test func namesTheKeyAtFault() throws {
        let error = #expect(throws: CheckpointError.self) { try read(#"{"eos_token_id": "x"}"#) }
        #expect(error?.file == path + "/generation_config.json")
        #expect(error?.message.hasPrefix("eos_token_id is not a ") == true, "\(String(describing: error))")
    }

    @Test func theTokenizersEndsAreAdded() throws {
        #expect(GenerationConfiguration().completed(for: ByteTokenizer()).endTokens == [258, 256])
        var own = GenerationConfiguration()
        own.endTokens = [7, 256]
        own.padToken = 3
        let completed = own.completed(for: ByteTokenizer())
        #expect(completed.endTokens == [7, 256, 258] && completed.padToken == 3)
        #expect(completed.completed(for: ByteTokenizer()) == completed)
    }

    @Test func aSavedCheckpointKeepsWhatItsMakersAdvise() throws {
        let generation = try read(
            #"{"eos_token_id": 7, "do_sample": true, "temperature": 0.7, "top_k": 20, "top_p": 0.8}"#)
        #expect(generation.advice == "temperature 0.7, top-k 20, top-p 0.8")
        let (model, tokenizer) = try Checkpoint.load(from: path)
        try Checkpoint.save(model, tokenizer: tokenizer, generation: generation, to: path)
        let kept = try Checkpoint.generationConfiguration(of: path)
        #expect(kept == generation.completed(for: tokenizer) && kept.endTokens == [7, 258, 256])
        #expect(try read(#"{"do_sample": false, "temperature": 0.7}"#).advice == "greedy")
        #expect(try read("{}").advice == nil)
    }

    @Test func aGGUFSaysWhatEndsATextAndATurn() throws {
        var file = GGUFBytes(entries: 4)
        file.unsigned("tokenizer.ggml.eos_token_id", 2)
        file.unsigned("tokenizer.ggml.eot_token_id", 5)
        file.unsigned("tokenizer.ggml.bos_token_id", 1)
        file.unsigned("tokenizer.ggml.padding_token_id", 2)
        let generation = try Checkpoint.generationConfiguration(of: folder.write(file.bytes, to: "m.gguf"))
        #expect(generation.endTokens == [2, 5] && generation.beginToken == 1 && generation.padToken == 2)
    }
}
