import ServiceAPI

/// A line of `metrics.jsonl`, whatever it has in it: its numbers by name, and what has happened.
package struct MetricsLine: Sendable, Equatable {
    package let step: Int
    /// 0-based.
    package let phase: Int
    package let method: String
    /// Every finite number but step and phase, by name; a member of an object as `object/member`.
    package let scalars: [(name: String, value: Double)]
    /// Of what scores the run.
    package let changes: [Change]

    /// An item of `rewardChanges`.
    package struct Change: Sendable, Equatable {
        package let step: Int
        package let reason: String
        package let before: String?
        package let after: String?
        package let changed: [String]
    }

    /// - Throws: `ProblemDetails` for what is not JSON; ``Missing``.
    package init(_ text: String) throws {
        guard case .object(let members) = try ServiceJSON.decode(JSONValue.self, from: Array(text.utf8)) else {
            throw Missing(description: "the line is not an object")
        }
        guard case .number(let step) = members["step"], let whole = Int(exactly: step) else {
            throw Missing(description: "the line has no 'step'")
        }
        self.step = whole
        if case .number(let phase) = members["phase"] { self.phase = Int(exactly: phase) ?? 0 } else { phase = 0 }
        if case .string(let method) = members["method"] { self.method = method } else { method = "" }
        var scalars: [(name: String, value: Double)] = []
        for (name, value) in members where name != "step" && name != "phase" {
            Self.collect(value, name, into: &scalars)
        }
        self.scalars = scalars.sorted { $0.name < $1.name }
        if case .array(let items) = members["rewardChanges"] {
            changes = items.compactMap(Change.init)
        } else {
            changes = []
        }
    }

    package struct Missing: Error, CustomStringConvertible { package let description: String }

    private static func collect(_ value: JSONValue, _ name: String, into scalars: inout [(name: String, value: Double)])
    {
        switch value {
        case .number(let number): scalars.append((name, number))
        case .object(let members):
            for (key, member) in members { collect(member, name + "/" + key, into: &scalars) }
        default: break
        }
    }

    package static func == (one: MetricsLine, other: MetricsLine) -> Bool {
        one.step == other.step && one.phase == other.phase && one.method == other.method
            && one.changes == other.changes
            && one.scalars.elementsEqual(other.scalars) { $0.name == $1.name && $0.value == $1.value }
    }
}

extension MetricsLine.Change {
    init?(_ value: JSONValue) {
        guard case .object(let members) = value, case .number(let step) = members["step"] else { return nil }
        func text(_ value: JSONValue?) -> String? {
            guard case .string(let text) = value else { return nil }
            return text
        }
        self.step = Int(exactly: step) ?? 0
        reason = text(members["reason"]) ?? ""
        before = text(members["before"])
        after = text(members["after"])
        if case .array(let keys) = members["changed"] {
            changed = keys.compactMap(text)
        } else {
            changed = []
        }
    }
}
