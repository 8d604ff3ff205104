import Foundation
import ModelCore
import TestSupport
import Testing

struct BytePairTokenizerFileTests {
    private static let vocabulary = #"{"a":0,"b":1,"ab":2}"#

    /// A small tokenizer.json with parts exchanged.
    private static func document(
        vocabulary: String = vocabulary, merges: String = #"["a b"]"#, model: String = "",
        pretokenizer: String = #"{"type":"ByteLevel","add_prefix_space":false}"#, normalizer: String = "null",
        decoder: String = #"{"type":"ByteLevel"}"#, added: String = #"[{"id":3,"content":"<e>","special":true}]"#
    ) -> String {
        #"{"added_tokens":\#(added),"normalizer":\#(normalizer),"pre_tokenizer":\#(pretokenizer),"#
            + #""decoder":\#(decoder),"model":{"type":"BPE",\#(model)"vocab":\#(vocabulary),"merges":\#(merges)}}"#
    }

    private func load(_ document: String, configuration: String = #"{"eos_token":"<e>"}"#) throws -> any Tokenizer {
        let folder = try TemporaryFolder()
        try folder.write(document, to: "tokenizer.json")
        try folder.write(configuration, to: "tokenizer_config.json")
        do {
            return try TokenizerLoading.load(folder: folder.path)
        } catch let error as TokenizerError {
            throw TokenizerError(
                file: error.file.replacingOccurrences(of: folder.path + "/", with: ""), message: error.message)
        }
    }

    @Test func readsBothFormsOfMerges() throws {
        for merges in [#"["a b"]"#, #"[["a","b"]]"#] {
            #expect(try load(Self.document(merges: merges)).encode("ab", parsingSpecialTokens: true) == [2])
        }
    }

    @Test func takesTokenTextsFromObjects() throws {
        let tokenizer = try load(Self.document(), configuration: #"{"eos_token":{"content":"<e>"},"bos_token":"a"}"#)
        let bytePair = try #require(tokenizer as? BytePairTokenizer)
        #expect(bytePair.endOfText == 3 && bytePair.beginOfText == 0)
    }

    @Test func findsTheDefaultChatTemplate() throws {
        let list = #"[{"name":"tool_use","template":"x"},{"name":"default","template":"y"}]"#
        for (value, expected) in [(#""t""#, "t"), (list, "y"), ("[]", nil), ("null", nil)] {
            let tokenizer = try load(
                Self.document(), configuration: #"{"eos_token":"<e>","chat_template":\#(value)}"#)
            #expect((tokenizer as? BytePairTokenizer)?.chatTemplate == expected)
        }
    }

    @Test func writesTheFilesThatItRead() throws {
        let target = try TemporaryFolder()
        let source = TokenizerFixtures.folder + "/llama3"
        try BytePairTokenizer(folder: source).write(to: target.path)
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            let before = try Data(contentsOf: URL(fileURLWithPath: source + "/" + name))
            #expect(try target.read(name) == [UInt8](before))
        }
        #expect(try target.names().count == 2)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let document: String
        var configuration = #"{"eos_token":"<e>"}"#
        let message: String
        var testDescription: String { message }
    }

    static let faults = [
        Fault(
            document: document(vocabulary: #"{"a":0,"b":1}"#),
            message: "tokenizer.json: model.merges[0] speaks of 'ab', which is not in the vocabulary"),
        Fault(
            document: document(merges: #"["a b c"]"#),
            message:
                "tokenizer.json: model.merges[0] is neither two tokens with a space between nor a list of two tokens"),
        Fault(document: document(merges: "7"), message: "tokenizer.json: model.merges is missing or is not a list"),
        Fault(
            document: document(vocabulary: #"{"a":-1,"b":1,"ab":2}"#),
            message: "tokenizer.json: model.vocab has an id for 'a' that is not an integer from 0 to 16777216"),
        Fault(
            document: document(vocabulary: #"{"a":0,"b":1,"ab":9999999}"#),
            message: "tokenizer.json: model.vocab has 3 entries but an id of 9999999"),
        Fault(
            document: document(vocabulary: #"{"a":0,"b":0,"ab":2}"#),
            message: "tokenizer.json: model.vocab gives the id 0 to more than one token"),
        Fault(
            document: document(model: #""byte_fallback":true,"#),
            message: "tokenizer.json: model.byte_fallback is true, which is not supported"),
        Fault(
            document: document(model: #""unk_token":"<u>","#),
            message: "tokenizer.json: model.unk_token '<u>' is not in model.vocab"),
        Fault(
            document: document(model: #""end_of_word_suffix":"</w>","#),
            message: "tokenizer.json: model.end_of_word_suffix is not empty, which is not supported"),
        Fault(
            document: document(normalizer: #"{"type":"Lowercase"}"#),
            message: "tokenizer.json: normalizer.type is Lowercase; only NFC is supported"),
        Fault(
            document: document(pretokenizer: "null"),
            message: "tokenizer.json: pre_tokenizer is missing; "
                + "only byte-level BPE is supported, whose pre-tokenizer is ByteLevel"),
        Fault(
            document: document(
                pretokenizer:
                    #"{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\d+"},"behavior":"Isolated"},{"type":"ByteLevel"}]}"#
            ),
            message:
                #"tokenizer.json: pre_tokenizer.pretokenizers[0].pattern is a regular expression that is not known: "#
                + #"\d+ (known are those of GPT-2, Llama 3 and Qwen2)"#),
        Fault(
            document: document(
                pretokenizer: #"{"type":"Sequence","pretokenizers":[{"type":"Punctuation"},{"type":"ByteLevel"}]}"#),
            message: "tokenizer.json: pre_tokenizer.pretokenizers[0].type is Punctuation; "
                + "Split, Digits and ByteLevel are supported"),
        Fault(
            document: document(decoder: #"{"type":"WordPiece"}"#),
            message: "tokenizer.json: decoder.type is WordPiece; only ByteLevel is supported"),
        Fault(
            document: document(added: #"[{"id":3,"content":""}]"#),
            message: "tokenizer.json: added_tokens[0].content is empty"),
        Fault(
            document: document(added: #"[{"id":3,"content":"x"},{"id":3,"content":"y"}]"#),
            message: "tokenizer.json: added_tokens[1].id 3 is another's as well"),
        Fault(
            document: document(), configuration: "{}",
            message: "tokenizer_config.json: eos_token is missing; it names the token that ends a text"),
        Fault(
            document: document(), configuration: #"{"eos_token":"</s>"}"#,
            message: "tokenizer_config.json: eos_token '</s>' is not a token of tokenizer.json"),
    ]

    @Test(arguments: faults) func namesThePlaceAndTheFault(_ fault: Fault) throws {
        let error = #expect(throws: TokenizerError.self) {
            try load(fault.document, configuration: fault.configuration)
        }
        #expect(error?.description == fault.message)
    }
}
