/// Agents at work: SWE-agent's `.traj` files, and the conversations that SWE-smith makes of them.
///
/// A `.traj` has a list `trajectory` of turns with `action`, `observation`, `thought` and `response`. The action is the step, as the command that
/// was sent to the environment; the thought is not kept, since the model is to find a monologue of its own. The problem is the first
/// message of the user in `history`, which history processors leave as it was, demonstrations passed over.
struct AgentTrajectoryImporter: RowImporter {
    var messages = MessagesImporter()

    let idPrefix = "swe"

    func read(_ row: DataValue) throws(RowFault) -> ImportedRow {
        try row.requireObject()
        var imported = row["trajectory"] == nil ? try messages.read(row) : try trajectory(row)
        for (name, key) in [
            ("instance_id", "instance"), ("resolved", "resolved"), ("model", "model"), ("environment", "instance"),
        ] {
            if let text = row[name]?.scalarText { imported.metadata[key] = text }
        }
        if let status = row["info"]?["exit_status"]?.scalarText { imported.metadata["exitStatus"] = status }
        return imported
    }

    private func trajectory(_ row: DataValue) throws(RowFault) -> ImportedRow {
        guard let turns = row["trajectory"]?.array else {
            throw .malformed("/trajectory", "expected an array of turns")
        }
        var imported = ImportedRow(
            problem: try problem(of: row, turns), steps: [], problemField: "/history", stepsField: "/trajectory")
        var observations: [String] = []
        for (index, turn) in turns.enumerated() {
            let field = "/trajectory/\(index)"
            guard turn.isObject else { throw .malformed(field, "expected a turn, found \(turn.kind)") }
            guard let action = turn["action"] else { throw .malformed(field + "/action", "the key is missing") }
            let text = Monologue.trimmed(try DataMessage.text(of: action, at: field + "/action"))
            guard !text.isEmpty else {
                // What the model wrote had no command; nothing was sent.
                imported.notes[.emptyActionLeftOut, default: 0] += 1
                continue
            }
            imported.steps.append(text)
            observations.append(
                AgentAction.observation(
                    try DataMessage.text(of: turn["observation"] ?? .null, at: field + "/observation")))
        }
        if observations.contains(where: { !$0.isEmpty }) { imported.observations = observations }
        return imported
    }

    private func problem(of row: DataValue, _ turns: [DataValue]) throws(RowFault) -> String {
        let lists = [row["history"], turns.first?["messages"], turns.first?["query"]]
        for (list, field) in zip(lists, ["/history", "/trajectory/0/messages", "/trajectory/0/query"]) {
            for (index, value) in (list?.array ?? []).enumerated() where value["role"]?.string == "user" {
                let message = try DataMessage(value, at: "\(field)/\(index)")
                if !message.isDemonstration { return message.text }
            }
        }
        for name in ["problem_statement", "issue", "problem"] {
            if let text = row[name]?.string { return text }
        }
        throw .malformed(
            "/history",
            "there is no problem: no message of the user in history, trajectory/0/messages or trajectory/0/query")
    }
}
