/// `difflib.SequenceMatcher(None, action, expert, autojunk).ratio()` of two strings, as Python sees them: by code points.
public struct ScalarMatcher: Sendable {
    public let autojunk: Bool
    private var expert = ""
    private var comparison = TextComparison()
    /// Nil where the expert text is not of the usual kind.
    private var expertCount: Int?
    /// Made for the first pair that is not of the usual kind.
    private var general: GeneralScalarMatcher?

    public init(expert: String, autojunk: Bool) {
        self.autojunk = autojunk
        setExpert(expert)
    }

    /// Replaces the expert text; memory is reused.
    public mutating func setExpert(_ expert: String) {
        self.expert = expert
        general = nil
        expertCount = comparison.prepare(expert, autojunk: autojunk)
    }

    /// 2M/T: M code points in matching blocks, T code points of both texts; 1 when both are empty.
    public mutating func ratio(of action: String) -> Double {
        if let expertCount, let (matched, count) = comparison.matched(action) {
            return Ratio.of(matched: matched, total: count + expertCount)
        }
        var matcher = general ?? GeneralScalarMatcher(expert: expert, autojunk: autojunk)
        general = nil
        defer { general = matcher }
        return matcher.ratio(of: action)
    }
}
