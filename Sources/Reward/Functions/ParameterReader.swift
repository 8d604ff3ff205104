import ServiceAPI

/// Reads a function's parameters; what is wrong is said with its pointer, and a key that was never asked for is refused.
package struct ParameterReader {
    private let parameters: [String: JSONValue]
    private let place: JSONPointer
    private var known: [String] = []

    package init(_ parameters: [String: JSONValue], at place: JSONPointer = JSONPointer().appending("parameters")) {
        self.parameters = parameters
        self.place = place
    }

    package mutating func bool(_ key: String, default fallback: Bool) throws(ProblemDetails) -> Bool {
        switch value(key) {
        case nil: return fallback
        case .bool(let value): return value
        case .some(let other): throw problem(key, "is \(other.kind), and a boolean is needed")
        }
    }

    package mutating func number(
        _ key: String, default fallback: Double, in range: ClosedRange<Double>
    ) throws(ProblemDetails) -> Double {
        switch value(key) {
        case nil: return fallback
        case .number(let value):
            guard range.contains(value) else {
                throw problem(key, "\(value) is outside \(range.lowerBound)...\(range.upperBound)")
            }
            return value
        case .some(let other): throw problem(key, "is \(other.kind), and a number is needed")
        }
    }

    package mutating func integer(
        _ key: String, default fallback: Int, in range: ClosedRange<Int>
    ) throws(ProblemDetails) -> Int {
        let number = try number(
            key, default: Double(fallback), in: Double(range.lowerBound)...Double(range.upperBound))
        guard let whole = Int(exactly: number) else { throw problem(key, "\(number) is not a whole number") }
        return whole
    }

    package mutating func optionalString(_ key: String) throws(ProblemDetails) -> String? {
        switch value(key) {
        case nil: return nil
        case .string(let text): return text
        case .some(let other): throw problem(key, "is \(other.kind), and a string is needed")
        }
    }

    package mutating func array(_ key: String, default fallback: [JSONValue]) throws(ProblemDetails) -> [JSONValue] {
        switch value(key) {
        case nil: return fallback
        case .array(let values): return values
        case .some(let other): throw problem(key, "is \(other.kind), and an array is needed")
        }
    }

    package mutating func object(_ key: String, default fallback: [String: JSONValue]) throws(ProblemDetails)
        -> [String:
        JSONValue]
    {
        switch value(key) {
        case nil: return fallback
        case .object(let members): return members
        case .some(let other): throw problem(key, "is \(other.kind), and an object is needed")
        }
    }

    /// Different names, maybe none.
    package mutating func names(_ key: String, default fallback: [String]) throws(ProblemDetails) -> [String] {
        var result: [String] = []
        for value in try array(key, default: fallback.map { .string($0) }) {
            guard case .string(let name) = value, !name.isEmpty else {
                throw problem(key, "\(value.canonicalText) is no name")
            }
            guard !result.contains(name) else { throw problem(key, "'\(name)' is in it twice") }
            result.append(name)
        }
        return result
    }

    /// One of an enumeration's raw values.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: Choice
    ) throws(ProblemDetails) -> Choice {
        switch value(key) {
        case nil: return fallback
        case .string(let text):
            if let choice = Choice(rawValue: text) { return choice }
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem(key, "'\(text)' is not one of \(choices)")
        case .some(let other): throw problem(key, "is \(other.kind), and a string is needed")
        }
    }

    /// A list of different raw values of an enumeration, at least one.
    package mutating func choices<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: [Choice]
    ) throws(ProblemDetails) -> [Choice] {
        switch value(key) {
        case nil: return fallback
        case .array(let values):
            var result: [Choice] = []
            for value in values {
                guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
                    let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                    throw problem(key, "\(value.canonicalText) is not one of \(choices)")
                }
                guard !result.contains(where: { $0.rawValue == text }) else {
                    throw problem(key, "'\(text)' is in it twice")
                }
                result.append(choice)
            }
            guard !result.isEmpty else { throw problem(key, "is empty, and at least one is needed") }
            return result
        case .some(let other): throw problem(key, "is \(other.kind), and an array is needed")
        }
    }

    /// Call when all parameters were read.
    package func refuseUnknown() throws(ProblemDetails) {
        for key in parameters.keys.sorted() where !known.contains(key) {
            throw problem(key, "unknown parameter; known are \(known.sorted().joined(separator: ", "))")
        }
    }

    package func problem(_ key: String, _ detail: String) -> ProblemDetails {
        ProblemDetails(kind: .invalidRequest, detail: detail, pointer: place.appending(key).description)
    }

    private mutating func value(_ key: String) -> JSONValue? {
        known.append(key)
        return parameters[key]
    }
}
