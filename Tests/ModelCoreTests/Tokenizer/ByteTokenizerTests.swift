import Foundation
import ModelCore
import Testing

struct ByteTokenizerTests {
    private let tokenizer = ByteTokenizer()

    @Test func bytesAreTheirOwnIds() {
        #expect(tokenizer.encode("Aé", parsingSpecialTokens: false) == [0x41, 0xC3, 0xA9])
        #expect(tokenizer.vocabularySize == 264)
    }

    @Test(arguments: ["", "plain", "naïve 日本語 🧮 e\u{301}", "a\0b\r\n\t"]) func decodesWhatItEncodes(_ text: String) {
        #expect(tokenizer.decode(tokenizer.encode(text, parsingSpecialTokens: false)) == text)
        #expect(tokenizer.decode(tokenizer.encode(text, parsingSpecialTokens: true)) == text)
    }

    @Test func specialTokensOnlyWhereTheyAreAskedFor() {
        let text = "<think>a</think>b<|im_end|>"
        #expect(tokenizer.encode(text, parsingSpecialTokens: true) == [259, 97, 260, 98, 258])
        #expect(tokenizer.encode(text, parsingSpecialTokens: false) == Array(text.utf8).map(TokenID.init))
        #expect(tokenizer.encode("<thin<think>k>", parsingSpecialTokens: true).filter { $0 > 255 } == [259])
    }

    @Test func decodesSpecialTokensAsTextButNotTheEndOrPadding() {
        #expect(tokenizer.decode([259, 97, 260, 256, 98, 258, 261, 263]) == "<think>a</think>b<|im_end|>")
        #expect(tokenizer.decode([-1, 9999]) == "")
    }

    @Test func decodesMalformedBytesAsReplacementCharacters() {
        #expect(tokenizer.decode([0x41, 0xFF, 0x42]) == "A\u{FFFD}B")
    }

    @Test func knowsItsSpecialTokensByText() {
        #expect(tokenizer.token(for: "<|im_end|>") == 258)
        #expect(tokenizer.token(for: "<|unknown|>") == nil)
        #expect(tokenizer.endOfText == 256)
    }
}

struct StreamingDecoderTests {
    private let tokenizer = ByteTokenizer()

    @Test(arguments: ["a é 日本 🧮 z", "<think>x</think>", "👩‍👩‍👧"]) func holdsBackPartsOfCharacters(_ text: String) {
        var decoder = StreamingDecoder(tokenizer: tokenizer)
        var whole = ""
        for token in tokenizer.encode(text, parsingSpecialTokens: true) {
            let piece = decoder.append(token)
            #expect(!piece.unicodeScalars.contains("\u{FFFD}"))
            whole.unicodeScalars.append(contentsOf: piece.unicodeScalars)
        }
        #expect(whole == text)
        #expect(decoder.finish() == "")
    }

    @Test func replacesWhatCanNoLongerBecomeACharacter() {
        var decoder = StreamingDecoder(tokenizer: tokenizer)
        #expect(decoder.append(0xE6) == "")
        #expect(decoder.append(0x41) == "\u{FFFD}A")
        #expect(decoder.append(0x80) == "\u{FFFD}")
        #expect(decoder.append(0xF0) == "")
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(decoder.finish() == "")
    }
}
