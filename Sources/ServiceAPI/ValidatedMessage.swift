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

    package static func notEmpty(_ text: String, at pointer: JSONPointer) throws(ProblemDetails) {
        if text.isEmpty { throw problem(at: pointer, "must not be empty") }
    }

    package static func range<Value: Comparable>(
        _ value: Value, _ allowed: ClosedRange<Value>, at pointer: JSONPointer
    ) throws(ProblemDetails) {
        if !allowed.contains(value) {
            throw problem(at: pointer, "\(value) is outside \(allowed.lowerBound)...\(allowed.upperBound)")
        }
    }
}

extension Decoder {
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

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
