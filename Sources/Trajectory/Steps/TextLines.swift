/// A text by its lines, as bytes, with what Markdown makes of them as far as steps need to know: fenced code and indentation.
struct TextLines {
    let bytes: [UInt8]
    /// Each line without its end.
    private var ranges: [Range<Int>] = []
    private var inCode: [Bool] = []

    init(_ text: String) {
        bytes = Array(text.utf8)
        var start = 0
        var fence: (byte: UInt8, length: Int)?
        while start <= bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            let next = end + 1
            if end > start, bytes[end - 1] == 0x0D { end -= 1 }
            let range = start..<end
            let mark = Self.fence(bytes[range])
            if let open = fence {
                inCode.append(true)
                if let mark, mark.byte == open.byte, mark.length >= open.length, mark.isBare { fence = nil }
            } else if let mark {
                inCode.append(true)
                fence = (mark.byte, mark.length)
            } else {
                inCode.append(false)
            }
            ranges.append(range)
            start = next
        }
        // A fence that is never closed is no code: a step would swallow all that follow it.
        if fence != nil { closeFences() }
    }

    var count: Int { ranges.count }

    /// The line's bytes without its end.
    func line(_ index: Int) -> ArraySlice<UInt8> { bytes[ranges[index]] }

    /// Whether the line is within fenced code or a fence.
    func isInCode(_ index: Int) -> Bool { inCode[index] }

    func isBlank(_ index: Int) -> Bool { line(index).allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    /// Lines joined by line feeds.
    func text(_ lines: Range<Int>) -> String {
        var result: [UInt8] = []
        for index in lines {
            if index > lines.lowerBound { result.append(0x0A) }
            result += line(index)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Columns of white space that the line begins with; a tab is four.
    func indentation(_ index: Int) -> Int {
        var columns = 0
        for byte in line(index) {
            switch byte {
            case 0x20: columns += 1
            case 0x09: columns += 4
            default: return columns
            }
        }
        return columns
    }

    /// Whether the line cannot begin a paragraph of its own: displayed mathematics, or an item of a list.
    func continues(_ index: Int) -> Bool {
        let rest = line(index).drop { $0 == 0x20 || $0 == 0x09 }
        let marks = ["\\[", "$$", "\\begin", "- ", "* ", "+ "]
        return indentation(index) >= 2 || marks.contains { rest.starts(with: $0.utf8) }
    }

    private static func fence(_ line: ArraySlice<UInt8>) -> (byte: UInt8, length: Int, isBare: Bool)? {
        let rest = line.drop { $0 == 0x20 || $0 == 0x09 }
        guard let byte = rest.first, byte == UInt8(ascii: "`") || byte == UInt8(ascii: "~") else { return nil }
        let length = rest.prefix { $0 == byte }.count
        guard length >= 3 else { return nil }
        let after = rest.dropFirst(length)
        // "```x```" on one line is code in a sentence.
        if byte == UInt8(ascii: "`"), after.contains(byte) { return nil }
        return (byte, length, after.allSatisfy { $0 == 0x20 || $0 == 0x09 })
    }

    private mutating func closeFences() {
        guard let opening = inCode.indices.last(where: { $0 == 0 || !inCode[$0 - 1] }) else { return }
        for index in opening..<inCode.count { inCode[index] = false }
    }
}
