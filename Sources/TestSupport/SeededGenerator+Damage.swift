import Foundation

// Input that is damaged, for fuzzing.
extension SeededGenerator {
    /// A text with mostly one place, up to three, cut out, doubled, or replaced by one of `scraps` or by a piece of `other`.
    public mutating func mutated(_ text: [UInt8], scraps: [String], other: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0..<max(1, Int.random(in: -2...3, using: &self)) {
            let place = Int.random(in: 0...text.count, using: &self)
            let end = min(text.count, place + Int.random(in: 0...8, using: &self))
            let new: [UInt8] =
                switch Int.random(in: 0..<8, using: &self) {
                case 0: []
                case 1: Array(text[place..<end]) + Array(text[place..<end])
                case 2: [UInt8.random(in: .min ... .max, using: &self)]
                case 3: piece(of: other)
                default: Array((scraps.randomElement(using: &self) ?? "").utf8)
                }
            text.replaceSubrange(place..<end, with: new)
        }
        return text
    }

    private mutating func piece(of bytes: [UInt8]) -> [UInt8] {
        let start = Int.random(in: 0...bytes.count, using: &self)
        return Array(bytes[start..<min(bytes.count, start + Int.random(in: 1...40, using: &self))])
    }

    /// The same with bytes overwritten in place, so that lengths in a file stay true.
    public mutating func overwritten(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            bytes[place] =
                Bool.random(using: &self)
                ? UInt8.random(in: 0...12, using: &self) : UInt8.random(in: .min ... .max, using: &self)
        }
        return bytes
    }

    /// A JSON value with one or two of its parts dropped, doubled, or exchanged for others: JSON that says something else.
    public mutating func changed(_ json: Any) -> Any {
        var json = json
        for _ in 0...Int.random(in: 0...1, using: &self) { json = changedOnce(json) }
        return json
    }

    private mutating func changedOnce(_ json: Any) -> Any {
        if Int.random(in: 0..<12, using: &self) != 0 {
            // Sorted, since the order of a dictionary differs from run to run.
            if var object = json as? [String: Any], let key = object.keys.sorted().randomElement(using: &self) {
                switch Int.random(in: 0..<12, using: &self) {
                case 0: object[key] = nil
                case 1: object[(other(than: key) as? String) ?? "x"] = object[key]
                default: object[key] = object[key].map { changedOnce($0) }
                }
                return object
            }
            if var list = json as? [Any], !list.isEmpty {
                let place = Int.random(in: 0..<list.count, using: &self)
                switch Int.random(in: 0..<10, using: &self) {
                case 0: list.remove(at: place)
                case 1: list.append(list[place])
                case 2: list.swapAt(place, Int.random(in: 0..<list.count, using: &self))
                default: list[place] = changedOnce(list[place])
                }
                return list
            }
        }
        return other(than: json)
    }

    private mutating func other(than json: Any) -> Any {
        if let text = json as? String, Int.random(in: 0..<6, using: &self) != 0 {
            let bytes = mutated(
                Array(text.utf8), scraps: ["a", "b", "Ġ", " ", "é", "<", "|", "Ã©"], other: Array(text.utf8))
            return String(decoding: bytes, as: UTF8.self)
        }
        let others: [Any] = [
            NSNull(), true, false, 0, 1, 3, 57, 255, -1, 16_777_216, Int.max, 0.5, 1e300, "", "a", "ab", "<|im_end|>",
            "ByteLevel",
            "Sequence", "NFC", "Digits", "Split", "Removed", "Isolated", "BPE", [Any](), [String: Any](), ["a", "b"],
            ["a": 1],
        ]
        return others.randomElement(using: &self) ?? NSNull()
    }
}
