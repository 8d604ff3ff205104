import Foundation
import ModelCore
import Zstandard

/// The small tokenizers that `Tests/Fixtures/make_tokenizers.py` trained, and what Hugging Face makes of strings with them.
enum TokenizerFixtures {
    static let families = ["gpt2", "llama3", "qwen2", "smollm2"]

    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let folder = tests.appendingPathComponent("Fixtures/tokenizers").path
    static let shared = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("shared/data").path

    static func tokenizer(_ family: String) throws -> BytePairTokenizer {
        try BytePairTokenizer(folder: folder + "/" + family)
    }

    static func strings() throws -> [String] {
        try lines("strings.jsonl.zst").map { try JSONDecoder().decode(String.self, from: Data($0.utf8)) }
    }

    static func lines(_ name: String) throws -> [String] {
        let reader = try LineReader(path: folder + "/" + name)
        var lines: [String] = []
        while let line = try reader.next() { lines.append(line.text) }
        return lines
    }

    /// The ids of one string.
    struct Row: Decodable {
        let ids: [TokenID]
        /// Where nothing in the text is taken for an added token.
        let plainIDs: [TokenID]

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            ids = try values.decode([TokenID].self)
            plainIDs = try values.decode([TokenID]?.self) ?? ids
        }
    }

    /// Ids drawn at random, and the text that they decode to.
    struct Decoding: Decodable {
        let ids: [TokenID]
        let text: String

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            ids = try values.decode([TokenID].self)
            text = try values.decode(String.self)
        }
    }
}

/// Reads the metadata of a GGUF's vocabulary; enough for a test, with no check of anything.
struct GGUFMetadata {
    private(set) var values: [String: Any] = [:]
    private let data: Data
    private var position = 8

    init(path: String) throws {
        data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        _ = number(UInt64.self)
        for _ in 0..<number(UInt64.self) {
            let key = string()
            values[key] = value(number(UInt32.self))
        }
    }

    private mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        defer { position += MemoryLayout<Number>.size }
        return data.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Number.self))
        }
    }

    private mutating func string() -> String {
        let length = Int(number(UInt64.self))
        defer { position += length }
        return String(decoding: data[position..<position + length], as: UTF8.self)
    }

    private mutating func value(_ type: UInt32) -> Any {
        switch type {
        case 0, 7: return Int(number(UInt8.self))
        case 1: return Int(number(Int8.self))
        case 2: return Int(number(UInt16.self))
        case 3: return Int(number(Int16.self))
        case 4: return Int(number(UInt32.self))
        case 5: return Int(number(Int32.self))
        case 6: return Float(bitPattern: number(UInt32.self))
        case 8: return string()
        case 9:
            let element = number(UInt32.self)
            let count = number(UInt64.self)
            return (0..<count).map { _ in value(element) }
        default: return Int(truncatingIfNeeded: number(UInt64.self))
        }
    }
}
