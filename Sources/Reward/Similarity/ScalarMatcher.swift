/// `difflib.SequenceMatcher(None, action, expert, autojunk).ratio()` of two strings, as Python sees them: by code points.
public struct ScalarMatcher: Sendable {
    public let autojunk: Bool
    private var matcher = SymbolMatcher()
    private var symbols = ScalarSymbols()
    private var expertCount = 0
    private var action: [UInt32] = []

    public init(expert: String, autojunk: Bool) {
        self.autojunk = autojunk
        setExpert(expert)
    }

    /// Replaces the expert text; memory is reused.
    public mutating func setExpert(_ expert: String) {
        symbols.removeAll()
        action.removeAll(keepingCapacity: true)
        symbols.define(expert, into: &action)
        expertCount = action.count
        matcher.prepare(action, symbolCount: symbols.count, autojunk: autojunk)
    }

    /// 2M/T: M code points in matching blocks, T code points of both texts; 1 when both are empty.
    public mutating func ratio(of action: String) -> Double {
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
    private var smallInUse: [UInt32] = []

    mutating func removeAll() {
        for scalar in smallInUse { small[Int(scalar)] = 0 }
        smallInUse.removeAll(keepingCapacity: true)
        if !large.isEmpty { large.removeAll(keepingCapacity: true) }
        count = 0
    }

    /// Appends the symbols of a text, of which those that are new get the next numbers.
    mutating func define(_ text: String, into sequence: inout [UInt32]) {
        for scalar in text.unicodeScalars {
            let value = scalar.value
            var symbol = value < 128 ? small[Int(value)] : large[value] ?? 0
            if symbol == 0 {
                count += 1
                symbol = UInt32(count)
                if value < 128 {
                    small[Int(value)] = symbol
                    smallInUse.append(value)
                } else {
                    large[value] = symbol
                }
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
