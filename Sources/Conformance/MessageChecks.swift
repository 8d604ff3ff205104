import HTTPTypes
import ServiceAPI
import Transport

extension ConformanceKit {
    /// That answers are such messages, whatever is in them.
    static let messageChecks = [
        Check(.schema, "POST /v1/score answers a score response") { subject in
            _ = try await subject.score([subject.group("g1")])
        },
        Check(.schema, "completions are scored without their monologue") { subject in
            let thought = ScoreGroup(
                id: "t", expert: "x = 2", completions: Subject.actions.map { "<think>let me see</think>\($0)" })
            let response = try await subject.score([subject.group("a"), thought])
            let (actions, completions) = (response.groups[0].scores, response.groups[1].scores)
            try expect(
                actions.map(\.reward) == completions.map(\.reward),
                "'<think>let me see</think>x = 2' and the others get other rewards than the actions alone")
        },
        Check(.schema, "a completion without a well-formed monologue is a formatViolation") { subject in
            // Ours of that name scores the form itself.
            guard subject.description.name != "format" else { throw NotTried("'format' has a reward for it") }
            let completions = ["x = 2", "<think>x = 2", "<think>hm</think>"]
            let response = try await subject.score([ScoreGroup(id: "v", expert: "x = 2", completions: completions)])
            for (completion, score) in zip(completions, response.groups[0].scores) {
                try expect(score.status == .formatViolation, "'\(completion)' is \(score.status.rawValue)")
            }
        },
        Check(.schema, "any Unicode text is scored") { subject in
            let texts = ["é 漢字 👩‍👩‍👧", "\u{0}\u{7f}\"\\/\n\r\t\u{2028}", "e\u{301} \u{FEFF}", " "]
            let response = try await subject.score([subject.group("\u{1F600} \"\\", expert: "né 漢 2", texts)])
            for (text, score) in zip(texts, response.groups[0].scores) where score.status == .error {
                throw Finding("\(JSONValue.string(text).canonicalText) could not be scored: \(score)")
            }
        },
    ]

    /// That nothing changes places.
    static let orderChecks = [
        Check(.order, "groups stand in the request's order") { subject in
            let ids = (0..<64).map { "\(($0 * 37) % 64)" } + ["z", "a", "Z"]
            _ = try await subject.score(ids.map { subject.group($0) })
        },
        Check(.order, "scores stand in the order of their items") { subject in
            let actions = (0..<12).map { String(repeating: "x = 2 ", count: $0 % 5) + String($0) }
            let forward = try await subject.score([subject.group("g", expert: "x = 2 x = 2 7", actions)])
            let backward = try await subject.score([subject.group("g", expert: "x = 2 x = 2 7", actions.reversed())])
            try expect(
                forward.groups[0].scores == backward.groups[0].scores.reversed(),
                "the actions in reverse do not get the scores in reverse")
        },
        Check(.order, "empty lists get empty lists") { subject in
            _ = try await subject.score([])
            _ = try await subject.score([subject.group("none", []), subject.group("some")])
        },
    ]

    /// That items are alone with what becomes of them.
    static let itemChecks = [
        Check(.items, "one item that is hard leaves the others alone") { subject in
            let long = String(repeating: "x = 2 + ", count: 25_000)
            let response = try await subject.score([subject.group("g", Subject.actions + [long]), subject.group("h")])
            let alone = try await subject.score([subject.group("h")])
            try expect(
                Array(response.groups[0].scores.dropLast()) == alone.groups[0].scores
                    && response.groups[1].scores == alone.groups[0].scores,
                "beside an action of 200,000 characters the others get other scores")
        },
        Check(.items, "an item is scored alone as among others") { subject in
            let together = try await subject.score([subject.group("g"), subject.group("h", expert: "y", ["x = 2"])])
            for (index, action) in Subject.actions.enumerated() {
                let alone = try await subject.score([subject.group("alone", [action])])
                try expect(
                    alone.groups[0].scores[0] == together.groups[0].scores[index],
                    "'\(action)' alone gets another score")
            }
        },
    ]

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
