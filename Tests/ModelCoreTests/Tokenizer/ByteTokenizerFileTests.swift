import Foundation
import ModelCore
import Testing

/// tokenizer.json and tokenizer_config.json: what is written is read back, and what cannot be read is named.
struct ByteTokenizerFileTests {
    @Test func readsWhatItWrites() throws {
        try withTemporaryFolder { folder in
            let tokenizer = ByteTokenizer(
                specialTokens: ByteTokenizer.standardSpecialTokens + [.init(id: 300, text: "<x>", isHidden: true)],
                endOfText: 258)
            try tokenizer.write(to: folder)
            #expect(try ByteTokenizer(folder: folder) == tokenizer)
        }
    }

    @Test func vocabularyIsTheByteToUnicodeTable() throws {
        try withTemporaryFolder { folder in
            try ByteTokenizer().write(to: folder)
            let root = try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: folder + "/tokenizer.json")))
            let model = try #require((root as? [String: Any])?["model"] as? [String: Any])
            let vocabulary = try #require(model["vocab"] as? [String: Int])
            #expect(vocabulary.count == 256)
            // The pairs that every GPT-2 vocabulary has: space, newline, letter, the soft hyphen.
            #expect(vocabulary["Ġ"] == 32)
            #expect(vocabulary["Ċ"] == 10)
            #expect(vocabulary["A"] == 65)
            #expect(vocabulary["Ń"] == 0xAD)
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let file: String
        let old: String
        let new: String
        let message: String
        var testDescription: String { name }
    }

    static let faults = [
        Fault(
            name: "merges", file: "tokenizer.json", old: #""merges" : ["#, new: #""merges" : ["a b""#,
            message: "BPE with merges is not supported yet (model.merges has 1)"),
        Fault(
            name: "kind", file: "tokenizer.json", old: #""BPE""#, new: #""Unigram""#,
            message: "model.type is Unigram; only byte-level BPE"),
        Fault(
            name: "vocabulary", file: "tokenizer.json", old: #""A" : 65"#, new: #""A" : 66"#,
            message: "is not the 256 bytes with ids 0 to 255"),
        Fault(
            name: "added id", file: "tokenizer.json", old: #""id" : 257"#, new: #""id" : 7"#,
            message: "added_tokens[1].id 7 is not above the bytes' 255"),
        Fault(
            name: "repeated id", file: "tokenizer.json", old: #""id" : 258"#, new: #""id" : 257"#,
            message: "added_tokens[2] repeats the id or text of another"),
        Fault(
            name: "not JSON", file: "tokenizer.json", old: #""model""#, new: "model",
            message: "is not valid JSON"),
        Fault(
            name: "end of text", file: "tokenizer_config.json", old: "<|endoftext|>", new: "</s>",
            message: "eos_token '</s>' is not among added_tokens of tokenizer.json"),
        Fault(
            name: "no end of text", file: "tokenizer_config.json", old: "eos_token", new: "bos_token",
            message: "eos_token is missing"),
    ]

    @Test(arguments: faults) func namesTheFileAndTheFault(_ fault: Fault) throws {
        try withTemporaryFolder { folder in
            try ByteTokenizer().write(to: folder)
            let path = folder + "/" + fault.file
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains(fault.old))
            try text.replacingOccurrences(of: fault.old, with: fault.new)
                .write(toFile: path, atomically: false, encoding: .utf8)
            let error = #expect(throws: TokenizerError.self) { try ByteTokenizer(folder: folder) }
            #expect(error?.file == path)
            #expect(error?.message.contains(fault.message) == true, "\(String(describing: error))")
        }
    }

    @Test func namesAMissingFile() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: TokenizerError.self) { try ByteTokenizer(folder: folder) }
            #expect(error?.description == folder + "/tokenizer.json: cannot be read: no such file")
        }
    }
}
