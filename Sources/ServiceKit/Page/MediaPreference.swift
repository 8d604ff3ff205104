/// Which of several media types a client prefers (RFC 9110, section 12.5.1).
public enum MediaPreference {
    /// The offered type that `accept` gives the greatest weight; the first of several alike, and the first where there is no such header or it
    /// takes none of them.
    ///
    /// - Parameters:
    ///   - accept: the header field, such as `text/html,application/xml;q=0.9,*/*;q=0.8`.
    ///   - offered: types such as `text/html`, in lower case; not empty.
    public static func choose(from offered: [String], accept: String?) -> String {
        precondition(!offered.isEmpty, "nothing is offered")
        guard let accept else { return offered[0] }
        let ranges = accept.split(separator: ",").compactMap(MediaRange.init)
        let weights = offered.map { type in
            // The most specific range that fits counts, not the first one.
            ranges.filter { $0.includes(type) }.max { $0.specificity < $1.specificity }?.weight ?? 0
        }
        guard let best = weights.max(), best > 0 else { return offered[0] }
        return offered[weights.firstIndex(of: best) ?? 0]
    }
}

/// One range of an `accept` header field.
private struct MediaRange {
    let type: Substring
    let subtype: Substring
    let weight: Double
    private let parameters: Int

    /// Nil for what is none; it is passed over.
    init?(_ text: Substring) {
        let parts = text.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
        guard let range = parts.first?.split(separator: "/"), range.count == 2 else { return nil }
        (type, subtype) = (range[0], range[1])
        var weight = 1.0
        for parameter in parts.dropFirst() where parameter.hasPrefix("q=") {
            guard let value = Double(parameter.dropFirst(2)), (0...1).contains(value) else { return nil }
            weight = value
        }
        self.weight = weight
        parameters = parts.dropFirst().count { !$0.hasPrefix("q=") }
    }

    /// A range with parameters, such as `text/html;level=1`, is for no type of ours.
    func includes(_ offered: String) -> Bool {
        let parts = offered.split(separator: "/")
        return parameters == 0 && (type == "*" || type == parts[0]) && (subtype == "*" || subtype == parts[1])
    }

    var specificity: Int { (type == "*" ? 0 : 1) + (subtype == "*" ? 0 : 1) }
}
