import Foundation
import ModelCore
import TestSupport
import Testing

struct BytePairTokenizerGGUFTests {
    /// llama.cpp's vocabulary of Qwen2 and its vectors, which Hugging Face's tokenizer made.
    @Test func encodesTheSharedVectors() throws {
        let path = TokenizerFixtures.shared + "/tokenizer/qwen2/ggml-vocab-qwen2.gguf"
        guard FileManager.default.fileExists(atPath: path) else {
            print("skipped: ../shared/data/tokenizer is not here")
            return
        }
        let values = try GGUFMetadata(path: path).values
        let tokenizer = try BytePairTokenizer(
            BytePairTokenizer.Metadata(
                tokens: try #require(values["tokenizer.ggml.tokens"] as? [String]),
                merges: try #require(values["tokenizer.ggml.merges"] as? [String]),
                tokenTypes: try #require(values["tokenizer.ggml.token_type"] as? [Int]).map(Int32.init),
                preTokenizer: try #require(values["tokenizer.ggml.pre"] as? String),
                endOfText: try #require(values["tokenizer.ggml.eos_token_id"] as? Int)), file: path)
        let inputs = try String(contentsOfFile: path + ".inp", encoding: .utf8)
            .components(separatedBy: "\n__ggml_vocab_test__\n")
        let outputs = try String(contentsOfFile: path + ".out", encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(inputs.count > 40 && outputs.count >= inputs.count)
        for (text, line) in zip(inputs, outputs) {
            let ids = tokenizer.encode(text, parsingSpecialTokens: true)
            #expect(ids == line.split(separator: " ").compactMap { TokenID($0) }, "\(text.debugDescription)")
            #expect(tokenizer.decode(ids) == text)
        }
        #expect(tokenizer.vocabularySize == 151_936)
    }

    private static func metadata() -> BytePairTokenizer.Metadata {
        let bytes = ["a", "b", "c", "Ġ", "é"]
        return BytePairTokenizer.Metadata(
            tokens: bytes + ["ab", "abc", "Ġa", "<|end|>", "<think>", "[PAD10]"],
            merges: ["a b", "ab c", "Ġ a"], tokenTypes: [1, 1, 1, 1, 1, 1, 1, 1, 3, 4, 5], preTokenizer: "smollm",
            endOfText: 8, chatTemplate: "{{ messages }}")
    }

    @Test func readsPlainArrays() throws {
        let tokenizer = try BytePairTokenizer(Self.metadata(), file: "x.gguf")
        #expect(tokenizer.encode("abc abcab<think><|end|>[PAD10]", parsingSpecialTokens: true) == [6, 3, 6, 5, 9, 8])
        #expect(tokenizer.encode("c<think>", parsingSpecialTokens: false) == [2])
        #expect(tokenizer.decode([6, 7, 9, 8, 10, 4]) == "abc a<think>\u{FFFD}")
        #expect(tokenizer.vocabularySize == 11)
    }

    @Test func isWrittenAsHuggingFaceReadsIt() throws {
        for pre in ["gpt-2", "llama-bpe", "qwen2", "smollm"] {
            let folder = try TemporaryFolder()
            var metadata = Self.metadata()
            metadata.preTokenizer = pre
            let tokenizer = try BytePairTokenizer(metadata, file: "x.gguf")
            try tokenizer.write(to: folder.path)
            let again = try #require(try TokenizerLoading.load(folder: folder.path) as? BytePairTokenizer)
            #expect(again.chatTemplate == "{{ messages }}" && again.endOfText == 8)
            for text in ["abc abcab<think><|end|>", "  ab\nabc ", "a1b22"] {
                #expect(
                    again.encode(text, parsingSpecialTokens: true)
                        == tokenizer.encode(text, parsingSpecialTokens: true))
            }
        }
    }

    struct Fault: Sendable {
        let message: String
        let change: @Sendable (inout BytePairTokenizer.Metadata) -> Void
    }

    @Test(
        arguments: [
            Fault(message: "tokenizer.ggml.token_type has 1 entries for 11 tokens") { $0.tokenTypes = [1] },
            Fault(
                message: "tokenizer.ggml.pre is 'jais', which is not known; known are gpt-2, llama-bpe, qwen2, smollm"
            ) { $0.preTokenizer = "jais" },
            Fault(message: "tokenizer.ggml.eos_token_id is 11, which is not one of the 11 tokens") {
                $0.endOfText = 11
            },
            Fault(message: "tokenizer.ggml.bos_token_id is -1, which is not one of the 11 tokens") {
                $0.beginOfText = -1
            },
            Fault(message: "tokenizer.ggml.tokens[8] is empty") { $0.tokens[8] = "" },
            Fault(message: "tokenizer.ggml.merges[1] is not two tokens with a space between") { $0.merges[1] = "abc" },
            Fault(message: "tokenizer.ggml.merges[0] speaks of 'ba', which is not in the vocabulary") {
                $0.merges[0] = "b a"
            },
        ]) func saysWhatDoesNotFit(_ fault: Fault) throws
    {
        var metadata = Self.metadata()
        fault.change(&metadata)
        let error = #expect(throws: TokenizerError.self) { try BytePairTokenizer(metadata, file: "x.gguf") }
        #expect(error?.description == "x.gguf: " + fault.message)
    }
}
