/// A message that a service receives: decoded strictly, then checked for what types cannot say.
public protocol ValidatedMessage: Codable {
    /// - Throws: a problem whose pointer starts with `pointer`.
    func validate(at pointer: JSONPointer) throws(ProblemDetails)
}

/// The checks that messages share.
package enum Require {
    package static func problem(at pointer: JSONPointer, _ detail: String) -> ProblemDetails {
        ProblemDetails(kind: .invalidRequest, detail: detail, pointer: pointer.description)
    }

    /// - Parameter pointer: Made only for a problem: it takes longer than the check.
    package static func notEmpty(
        _ text: String, at pointer: @autoclosure () -> JSONPointer
    ) throws(ProblemDetails) {
        if text.isEmpty { throw problem(at: pointer(), "must not be empty") }
    }

    package static func range<Value: Comparable>(
        _ value: Value, _ allowed: ClosedRange<Value>, at pointer: JSONPointer
    ) throws(ProblemDetails) {
        if !allowed.contains(value) {
            throw problem(at: pointer, "\(value) is outside \(allowed.lowerBound)...\(allowed.upperBound)")
        }
    }

    package static func atLeast(
        _ least: Int, _ value: Int, at pointer: JSONPointer
    ) throws(ProblemDetails) {
        if value < least { throw problem(at: pointer, "\(value) is less than \(least)") }
    }
}

extension Decoder {
    /// One of a closed list of words; the error names them all.
    package func decodeChoice<Choice: RawRepresentable & CaseIterable>() throws -> Choice
    where Choice.RawValue == String {
        let container = try singleValueContainer()
        let text = try container.decode(String.self)
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not one of \(known)")
        }
        return choice
    }

    /// All keys of an object.
    package func keyNames() throws -> Set<String> {
        Set(try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue))
    }

    /// Refuses keys that the message does not have: a misspelt key must not quietly take its default.
    package func refuseUnknownKeys<Keys: CodingKey & CaseIterable>(besides known: Keys.Type) throws {
        let container = try container(keyedBy: AnyKey.self)
        let names = Set(known.allCases.map(\.stringValue))
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue })
        where !names.contains(key.stringValue) {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: container,
                debugDescription: "unknown key; known are \(names.sorted().joined(separator: ", "))")
        }
    }
}

extension KeyedDecodingContainer {
    /// A number, refused at its key where it does not fit. Foundation's own error for that is no `DecodingError` and says no place.
    package func decodeNumber<Number: Decodable & Numeric>(_ type: Number.Type, forKey key: Key) throws -> Number {
        do {
            return try decode(type, forKey: key)
        } catch let error where !(error is DecodingError) {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: Self.refusal(of: type))
        }
    }

    /// As `decodeNumber`; nil for a key that is absent or null.
    package func decodeNumberIfPresent<Number: Decodable & Numeric>(
        _ type: Number.Type, forKey key: Key
    ) throws -> Number? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try decodeNumber(type, forKey: key)
    }

    private static func refusal(of type: any Numeric.Type) -> String {
        func range<Whole: FixedWidthInteger>(_: Whole.Type) -> String { "\(Whole.min) to \(Whole.max)" }
        guard let whole = type as? any FixedWidthInteger.Type else { return "is a number that a Double cannot hold" }
        return "is not a whole number from \(range(whole))"
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
