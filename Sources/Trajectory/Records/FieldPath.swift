/// A place in a row of data: names of keys and 0-based indices with dots between, such as `question.problem` or `messages.0.content`.
///
/// A negative index counts from the end. A key that has dots itself is found too: the longest name that is there is taken.
package struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    package let parts: [String]

    /// - Returns: nil for an empty path and for one with an empty part.
    package init?(_ text: String) {
        parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    }

    package var description: String { parts.joined(separator: ".") }

    /// As errors write it (RFC 6901).
    package var pointer: String {
        parts.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
    }

    /// What is there; nil where there is nothing.
    package func value(in row: DataValue) -> DataValue? { Self.value(parts[...], in: row) }

    private static func value(_ parts: ArraySlice<String>, in value: DataValue) -> DataValue? {
        guard let first = parts.first else { return value }
        if case .array(let values) = value {
            guard let index = Int(first) else { return nil }
            let place = index < 0 ? values.count + index : index
            return values.indices.contains(place) ? Self.value(parts.dropFirst(), in: values[place]) : nil
        }
        for count in stride(from: parts.count, through: 1, by: -1) {
            let name = parts.prefix(count).joined(separator: ".")
            if let inner = value[name], let found = Self.value(parts.dropFirst(count), in: inner) { return found }
        }
        return nil
    }
}
