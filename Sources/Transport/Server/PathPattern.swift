/// The values of a pattern's `{name}` segments, percent-decoded.
public struct PathParameters: Sendable, Equatable {
    private let values: [String: String]

    public init(_ values: [String: String] = [:]) { self.values = values }

    public subscript(name: String) -> String? { values[name] }
}

/// A path with `{name}` where one segment varies, such as `/v1/evaluations/{id}/result`.
package struct PathPattern: Sendable, Hashable {
    private enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    package let text: String
    private let segments: [Segment]

    package init(_ text: String) {
        precondition(text.hasPrefix("/"), "a path pattern begins with '/': \(text)")
        self.text = text
        segments = Self.split(text).map { segment in
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return .literal(String(segment)) }
            precondition(segment.count > 2, "a parameter needs a name: \(text)")
            return .parameter(String(segment.dropFirst().dropLast()))
        }
    }

    /// How many segments are literal: the more, the more specific.
    package var literalCount: Int {
        segments.count { if case .literal = $0 { true } else { false } }
    }

    /// The parameters, when `path` (without query) fits.
    package func match(_ path: String) -> PathParameters? {
        let parts = Self.split(path)
        guard parts.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            guard let decoded = percentDecoded(part) else { return nil }
            switch segment {
            case .literal(let literal): if literal != decoded { return nil }
            case .parameter(let name):
                if decoded.isEmpty { return nil }
                values[name] = decoded
            }
        }
        return PathParameters(values)
    }

    private static func split(_ path: String) -> [Substring] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }
}

/// Undoes percent-encoding (RFC 3986 section 2.1); nil when it is malformed or not UTF-8.
func percentDecoded(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexadecimalDigit), let low = rest.popFirst().flatMap(hexadecimalDigit)
        else { return nil }
        bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
}

private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
