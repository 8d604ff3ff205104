/// Under which keys a row has what a trajectory needs.
public struct RowFields: Sendable, Equatable {
    public enum Role: String, Sendable, CaseIterable {
        case problem, steps, answer, id, messages

        /// The usual names, the likeliest first.
        var usualNames: [String] {
            switch self {
            case .problem: ["problem", "question", "prompt", "instruction", "query", "input"]
            case .steps: ["steps", "solution", "response", "completion", "output", "generation", "rationale", "answer"]
            case .answer: ["answer", "final_answer", "finalAnswer", "expected_answer", "ground_truth", "target"]
            case .id: ["id", "unique_id", "uuid", "problem_id", "instance_id", "traj_id"]
            case .messages: ["messages", "conversations", "conversation"]
            }
        }
    }

    private var given: [Role: FieldPath] = [:]
    /// What is kept of a row under `metadata`.
    var metadata: [FieldPath] = []

    init() {}

    /// From `role=path`, as the command line gives them.
    ///
    /// - Throws: `TrajectoryError` without a place, naming the text at fault.
    public init(assignments: [String], metadata: [String] = []) throws(TrajectoryError) {
        for text in assignments {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let role = Role(rawValue: parts[0]), let path = FieldPath(parts[1]) else {
                throw TrajectoryError(
                    message: "'\(text)' names no field; write \(Role.allCases.map(\.rawValue).joined(separator: ", "))"
                        + " = a key, such as problem=question or steps=data.solution")
            }
            guard given.updateValue(path, forKey: role) == nil else {
                throw TrajectoryError(message: "the field '\(role.rawValue)' is named twice")
            }
        }
        for text in metadata {
            guard let path = FieldPath(text) else { throw TrajectoryError(message: "'\(text)' is no path of keys") }
            self.metadata.append(path)
        }
    }

    func isGiven(_ role: Role) -> Bool { given[role] != nil }

    /// What stands at a role's key; nil where it is not there.
    func optionalValue(_ role: Role, of row: DataValue) -> (value: DataValue, path: FieldPath)? {
        if let path = given[role] { return path.value(in: row).map { ($0, path) } }
        for name in role.usualNames {
            guard let value = row[name], !value.isNull, let path = FieldPath(name) else { continue }
            return (value, path)
        }
        return nil
    }

    /// - Throws: `RowFault.malformed` naming the keys that were looked for.
    func value(_ role: Role, of row: DataValue) throws(RowFault) -> (value: DataValue, path: FieldPath) {
        if let found = optionalValue(role, of: row) { return found }
        if let path = given[role] { throw .malformed(path.pointer, "the key is missing") }
        throw .malformed(
            nil,
            "there is no \(role.rawValue): none of the keys \(role.usualNames.joined(separator: ", ")). The row has "
                + "\(row.names.prefix(12).joined(separator: ", ")); name the key with --field \(role.rawValue)=KEY")
    }

    func text(_ role: Role, of row: DataValue) throws(RowFault) -> (text: String, path: FieldPath) {
        let found = try value(role, of: row)
        guard let text = found.value.string else {
            throw .malformed(found.path.pointer, "expected a string, found \(found.value.kind)")
        }
        return (text, found.path)
    }
}
