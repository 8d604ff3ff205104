/// Finds one sequence of bytes in others, in time that grows with both lengths added and never with their product (Knuth, Morris
/// and Pratt 1977): a template may look for a long text in a long one.
struct ByteSearch {
    private let part: [UInt8]
    /// For each beginning of `part`, how long its longest proper beginning is that it also ends with.
    private let borders: [Int32]

    init(_ part: String) {
        self.part = Array(part.utf8)
        var borders = [Int32](repeating: 0, count: self.part.count)
        var length = 0
        for index in self.part.indices.dropFirst() {
            while length > 0, self.part[index] != self.part[length] { length = Int(borders[length - 1]) }
            if self.part[index] == self.part[length] { length += 1 }
            borders[index] = Int32(length)
        }
        self.borders = borders
    }

    /// Where the part begins in `text` at `start` or later; nothing is found at once.
    func first(in text: [UInt8], from start: Int = 0) -> Int? {
        guard !part.isEmpty else { return start <= text.count ? start : nil }
        var length = 0
        var index = start
        while index < text.count {
            while length > 0, text[index] != part[length] { length = Int(borders[length - 1]) }
            if text[index] == part[length] { length += 1 }
            index += 1
            if length == part.count { return index - length }
        }
        return nil
    }

    /// How often the part, which is not empty, is found one after the other, counting up to `limit`; no limit if that is negative.
    func count(in text: [UInt8], limit: Int) -> Int {
        var count = 0
        var start = 0
        while limit < 0 || count < limit, let found = first(in: text, from: start) {
            count += 1
            start = found + part.count
        }
        return count
    }

    /// What stands between the first `limit` places where the part, which is not empty, is found, or between all.
    func parts(of text: [UInt8], limit: Int = -1) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        while limit < 0 || parts.count < limit, let found = first(in: text, from: start) {
            parts.append(text[start..<found])
            start = found + part.count
        }
        return parts + [text[start...]]
    }
}
