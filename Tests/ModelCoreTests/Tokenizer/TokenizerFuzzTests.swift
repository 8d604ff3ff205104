import Foundation
import ModelCore
import TestSupport
import Testing

/// Damaged tokenizers: each is refused with the file named, or encodes and decodes any text.
struct TokenizerFuzzTests {
    private static let scraps = [
        "null", "{}", "[]", "-1", "1e99", "\"\"", "18446744073709551615", "16777216", "true", "false", ",", "\"a\"",
        "[[[[",
        "\"id\":", "\"content\":\"a\"", "\"normalized\":true", "\"lstrip\":true", "\"single_word\":true",
        "\"special\":true",
        "\"unk_token\":\"a\",", "\"fuse_unk\":true,", "\"ignore_merges\":true,", "\"add_prefix_space\":true",
        "\"individual_digits\":true", "{\"type\":\"Digits\"},", "\"Removed\"", "\\ud800", "\\u0000", "é", " ",
    ]
    private static let words = [
        "a", "the ", "\n", "  ", " \r\n\r", "1234", "'re", "é", "e\u{301}", "\u{1100}\u{1161}\u{11A8}", "𝔘", "👩🏽‍🚀",
        "\u{FEFF}",
        "\u{0}", "\u{FFFD}", "<|im_end|>", "<think>", "<left>", "<longer", "<normé>", "ſ", "\u{315}\u{334}", "he", "\t",
        "!?",
    ]

    private static func text(_ random: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<24, using: &random) {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let value = UInt32.random(in: 0..<(Bool.random(using: &random) ? 0x500 : 0x110000), using: &random)
                text.unicodeScalars.append(Unicode.Scalar(value) ?? " ")
            } else {
                text += words.randomElement(using: &random) ?? ""
            }
        }
        return Int.random(in: 0..<64, using: &random) == 0 ? String(repeating: text, count: 500) : text
    }

    /// Encodes and decodes a text, whole and token by token.
    private func use(_ tokenizer: any Tokenizer, on text: String) {
        let isKnown = { (id: TokenID) in id >= 0 && Int(id) < tokenizer.vocabularySize }
        #expect(isKnown(tokenizer.endOfText))
        for parsing in [true, false] {
            let ids = tokenizer.encode(text, parsingSpecialTokens: parsing)
            #expect(ids.allSatisfy(isKnown), "ids outside the vocabulary of \(tokenizer.vocabularySize)")
            var decoder = StreamingDecoder(tokenizer: tokenizer)
            let pieces = ids.map { decoder.append($0) } + [decoder.finish()]
            #expect(Array(pieces.joined().utf8) == Array(tokenizer.decode(ids).utf8))
        }
        _ = tokenizer.decode([-1, .max, 0])
        _ = tokenizer.chatTemplateVariables
    }

    @Test func damagedTokenizerFiles() throws {
        let seeds = try ["gpt2", "llama3", "qwen2", "smollm2", "bytes"].map {
            try Fixtures.bytes(Fixtures.path + "/fuzz/tokenizers/\($0).json")
        }
        let configuration = Array(
            #"{"eos_token":{"content":"<|im_end|>"},"bos_token":"a","chat_template":"{{x}}"}"#.utf8)
        let folder = try TemporaryFolder()
        let campaign = try FuzzCampaign("tokenizer") { random in
            var main = seeds.randomElement(using: &random) ?? []
            var settings = configuration
            let other = seeds.randomElement(using: &random) ?? []
            switch Int.random(in: 0..<8, using: &random) {
            case 0: settings = random.mutated(settings, scraps: Self.scraps, other: other)
            case 1, 2: main = random.mutated(main, scraps: Self.scraps, other: other)
            default:
                let json = try JSONSerialization.jsonObject(with: Data(main))
                main = [UInt8](
                    try JSONSerialization.data(withJSONObject: random.changed(json), options: .fragmentsAllowed))
            }
            try folder.write(main, to: "tokenizer.json")
            try folder.write(settings, to: "tokenizer_config.json")
            do {
                use(try TokenizerLoading.load(folder: folder.path), on: Self.text(&random))
                return true
            } catch let error as TokenizerError {
                #expect(error.file.hasPrefix(folder.path + "/tokenizer"))
                return false
            }
        }
        #expect(campaign.accepted > campaign.refused / 20 && campaign.refused > campaign.accepted / 20)
        #expect(campaign.memoryGrowth < 1 << 20, "files of kilobytes took more than a GiB")
    }

    @Test func damagedGGUFTokenizers() throws {
        var file = GGUFBytes(entries: 8)
        file.string("tokenizer.ggml.model", "gpt2")
        file.string("tokenizer.ggml.pre", "smollm")
        file.strings("tokenizer.ggml.tokens", ["<|im_end|>", "<think>", "", "a", "b", "Ġ", "e", "ab", "Ġab", "1", "é"])
        file.strings("tokenizer.ggml.merges", ["a b", "Ġ ab"])
        file.integers("tokenizer.ggml.token_type", [3, 4, 5, 1, 1, 1, 1, 1, 1, 1, 1])
        file.unsigned("tokenizer.ggml.eos_token_id", 0)
        file.unsigned("tokenizer.ggml.bos_token_id", 1)
        file.string("tokenizer.chat_template", "{{ messages }}")
        let original = file.bytes
        let folder = try TemporaryFolder()
        let scraps = ["\u{0}", "\u{1}\u{0}\u{0}", "\u{3}", " ", "qwen2", "gpt-2", "llama-bpe", "Ġ", "é", "𝔘"]
        let campaign = try FuzzCampaign("gguf-tokenizer") { random in
            let damaged =
                Int.random(in: 0..<3, using: &random) == 0
                ? random.mutated(original, scraps: scraps, other: original) : random.overwritten(original)
            try folder.write(damaged, to: "damaged.gguf")
            do {
                let tokenizer = try TokenizerLoading.load(checkpoint: folder.file("damaged.gguf"))
                use(tokenizer, on: Self.text(&random))
                // What is written of it, if it is strange, may be refused; nothing else.
                try tokenizer.write(to: folder.path)
                use(try TokenizerLoading.load(folder: folder.path), on: Self.text(&random))
                return true
            } catch is TokenizerError {
                return false
            } catch is CheckpointError {
                return false
            }
        }
        #expect(campaign.accepted > 0 && campaign.refused > campaign.accepted / 20)
        #expect(campaign.memoryGrowth < 1 << 20, "files of kilobytes took more than a GiB")
    }
}
