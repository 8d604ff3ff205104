import Foundation
import ModelCore
import TestSupport
import Testing

/// The tokenizer in a GGUF's metadata.
struct GGUFTokenizerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(model: String?, without missing: String = "") throws -> GGUFFile {
        let parts: [(key: String, write: (inout GGUFBytes, String) -> Void)] = [
            ("tokens", { $0.strings($1, ["<|endoftext|>", "a", "b", "Ġ", "ab", "Ġab"]) }),
            ("merges", { $0.strings($1, ["a b", "Ġ ab"]) }),
            ("token_type", { $0.integers($1, [3, 1, 1, 1, 1, 1]) }),
            ("pre", { $0.string($1, "gpt-2") }),
            ("eos_token_id", { $0.unsigned($1, 0) }),
        ].filter { $0.key != missing }
        var bytes = GGUFBytes(entries: UInt64(parts.count + (model == nil ? 0 : 1)))
        for part in parts { part.write(&bytes, "tokenizer.ggml." + part.key) }
        if let model { bytes.string("tokenizer.ggml.model", model) }
        try folder.write(bytes.bytes, to: "tokenizer.gguf")
        return try GGUFFile(path: folder.file("tokenizer.gguf"))
    }

    @Test func encodesAsTheMergesSay() throws {
        let tokenizer = try #require(try file(model: "gpt2").tokenizer())
        #expect(tokenizer.encode("ab ab<|endoftext|>", parsingSpecialTokens: true) == [4, 5, 0])
        #expect(tokenizer.endOfText == 0)
    }

    /// Hugging Face gives an added token another id when the vocabulary does not have it.
    @Test func writesSpecialTokensToTheVocabularyToo() throws {
        let tokenizer = try #require(try file(model: "gpt2").tokenizer())
        try tokenizer.write(to: folder.path)
        let json = try JSONSerialization.jsonObject(with: Data(folder.read("tokenizer.json"))) as? [String: Any]
        let vocabulary = (json?["model"] as? [String: Any])?["vocab"] as? [String: Int]
        #expect(vocabulary == ["<|endoftext|>": 0, "a": 1, "b": 2, "Ġ": 3, "ab": 4, "Ġab": 5])
        let read = try BytePairTokenizer(folder: folder.path)
        #expect(read.encode("ab ab<|endoftext|>", parsingSpecialTokens: true) == [4, 5, 0])
        #expect(read.vocabularySize == 6)
    }

    @Test func aFileWithoutATokenizerHasNone() throws {
        #expect(try file(model: nil).tokenizer() == nil)
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.load(from: Fixtures.gguf("tiny-llama.gguf"))
        }
        #expect(error?.message == "has no tokenizer (tokenizer.ggml.model) in its metadata")
    }

    @Test(arguments: ["tokens", "merges", "token_type", "pre", "eos_token_id"])
    func namesAMissingKey(_ key: String) throws {
        let file = try file(model: "gpt2", without: key)
        let error = #expect(throws: CheckpointError.self) { try file.tokenizer() }
        #expect(error?.message == "metadata tokenizer.ggml.\(key) is missing or of another type")
    }

    @Test func namesAKindThatIsNotSupported() throws {
        let file = try file(model: "llama")
        let error = #expect(throws: CheckpointError.self) { try file.tokenizer() }
        #expect(error?.message == "tokenizer.ggml.model is 'llama'; byte-level BPE ('gpt2') is supported")
    }
}
