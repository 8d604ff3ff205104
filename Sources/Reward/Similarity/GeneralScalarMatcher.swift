/// The comparison of any two strings by code points: long ones, those with many different code points, those made of repetitions.
package struct GeneralScalarMatcher: Sendable {
    private var matcher = SymbolMatcher()
    private var symbols = ScalarSymbols()
    private let expertCount: Int
    private var action: [UInt32] = []

    package init(expert: String, autojunk: Bool) {
        symbols.define(expert, into: &action)
        expertCount = action.count
        matcher.prepare(action, symbolCount: symbols.count, autojunk: autojunk)
    }

    /// As `ScalarMatcher.ratio(of:)`.
    package mutating func ratio(of action: String) -> Double {
        self.action.removeAll(keepingCapacity: true)
        symbols.look(up: action, into: &self.action)
        return Ratio.of(matched: matcher.matchedCount(self.action), total: self.action.count + expertCount)
    }
}

/// Numbers the code points of the expert text from 1 up.
struct ScalarSymbols: Sendable {
    private(set) var count = 0
    private var small: [UInt32] = Array(repeating: 0, count: 128)
    private var large: [UInt32: UInt32] = [:]

    /// Appends the symbols of a text, of which those that are new get the next numbers.
    mutating func define(_ text: String, into sequence: inout [UInt32]) {
        for scalar in text.unicodeScalars {
            let value = scalar.value
            var symbol = value < 128 ? small[Int(value)] : large[value] ?? 0
            if symbol == 0 {
                count += 1
                symbol = UInt32(count)
                if value < 128 { small[Int(value)] = symbol } else { large[value] = symbol }
            }
            sequence.append(symbol)
        }
    }

    /// Appends the symbols of a text, 0 for a code point that has none.
    func look(up text: String, into sequence: inout [UInt32]) {
        for scalar in text.unicodeScalars {
            sequence.append(scalar.value < 128 ? small[Int(scalar.value)] : large[scalar.value] ?? 0)
        }
    }
}
