import HTTPTypes
import ServiceAPI
import Transport

extension ConformanceKit {
    /// That scoring is a function of the request.
    static let determinismChecks = [
        Check(.determinism, "the same request gets the same scores") { subject in
            let first = try await subject.score([subject.group("g")])
            for _ in 0..<4 {
                let again = try await subject.score([subject.group("g")])
                try expect(again.groups == first.groups, "asked again, it gives other scores")
            }
        },
        Check(.determinism, "at the same time, too") { subject in
            let first = try await subject.score([subject.group("g")])
            try await withThrowingTaskGroup(of: ScoreResponse.self) { group in
                for _ in 0..<16 { group.addTask { try await subject.score([subject.group("g")]) } }
                for try await again in group {
                    try expect(again == first, "of 16 at the same time, one is answered otherwise")
                }
            }
        },
    ]

    /// That a fingerprint identifies what scores.
    static let fingerprintChecks = [
        Check(.fingerprint, "without parameters it is the listed one") { subject in
            guard subject.parameters.isEmpty else { throw NotTried("the function is tried with --parameters") }
            let response = try await subject.score([subject.group("g")], parameters: [:])
            try expect(
                response.fingerprint == subject.description.fingerprint,
                "the answer's is \(response.fingerprint), and GET /v1/rewards says \(subject.description.fingerprint)")
        },
        Check(.fingerprint, "it does not depend on what is scored") { subject in
            let one = try await subject.score([subject.group("g")]).fingerprint
            let other = try await subject.score([subject.group("h", expert: "another", ["step"])]).fingerprint
            let none = try await subject.score([]).fingerprint
            try expect(one == other && one == none, "\(one), \(other) and, with no groups, \(none)")
        },
        Check(.fingerprint, "another parameter gives another one") { subject in
            let before = try await subject.score([]).fingerprint
            for (name, value) in subject.otherValues {
                var parameters = subject.parameters
                parameters[name] = value
                let answer = try await subject.post(ServiceJSON.encode(subject.request([], parameters: parameters)))
                // A value that needs something more, such as a file.
                guard answer.status.code == 200 else { continue }
                let after = try Subject.response(answer, to: []).fingerprint
                return try expect(
                    before != after, "'\(name)' set to \(value.canonicalText) leaves it \(before)")
            }
            throw NotTried("the parameters' schema has no boolean and no enumeration")
        },
    ]
}

extension Subject {
    /// Parameters with values that are not their defaults.
    fileprivate var otherValues: [(String, JSONValue)] {
        guard case .object(let schema) = description.parameters, case .object(let properties) = schema["properties"]
        else { return [] }
        return properties.sorted { $0.key < $1.key }.flatMap { name, property -> [(String, JSONValue)] in
            guard case .object(let property) = property else { return [] }
            if case .array(let values) = property["enum"] {
                return values.filter { $0 != property["default"] }.map { (name, $0) }
            }
            if property["type"] == "boolean", case .bool(let value) = property["default"] {
                return [(name, .bool(!value))]
            }
            return []
        }
    }
}
