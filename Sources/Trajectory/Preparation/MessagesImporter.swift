/// Conversations: OpenAI's `messages`, ShareGPT's `conversations`, TRL's `prompt` and `completion`, SWE-smith's agents.
///
/// What comes before the first word of the assistant is the problem. Where the assistant speaks once, that is a worked solution and is
/// divided into steps. Where it speaks more often, each time is a step, and what follows until the next is what came back: its
/// observation, which is context and never a target. Of a message with calls the step is the calls, not the words before them
/// (arXiv 2510.25992, section 4.3).
struct MessagesImporter: RowImporter {
    var fields = RowFields()
    /// Divides a solution that is one message.
    var solutions = SolutionImporter()
    var action = PreparationFormat.Action.auto
    var keepsSystem = false

    let idPrefix = "chat"

    func read(_ row: DataValue) throws(RowFault) -> ImportedRow {
        try row.requireObject()
        let (messages, field) = try messages(of: row)
        guard let first = messages.firstIndex(where: { $0.role == .assistant }) else {
            throw .dropped(.noAssistant, field: field)
        }
        let before = messages[..<first].filter { $0.role == .user || keepsSystem && $0.role == .system }
        var imported = ImportedRow(
            problem: before.map { Monologue.trimmed($0.text) }.joined(separator: "\n\n"), steps: [],
            problemField: field,
            stepsField: field)
        let turns = Self.turns(messages[first...])
        if turns.count == 1, turns[0].message.calls.isEmpty, AgentAction.calls(in: turns[0].message.text) == nil {
            let text = Self.withoutMonologue(turns[0].message.text)
            try solutions.split(text, at: field, into: &imported)
            imported.answer = SolutionImporter.answer(in: text)
        } else {
            fill(&imported, turns)
            imported.answer = imported.steps.last.flatMap(SolutionImporter.answer(in:))
        }
        if let answer = fields.optionalValue(.answer, of: row)?.value.scalarText.flatMap(SolutionImporter.answer(of:)) {
            imported.answer = answer
        }
        if let id = fields.optionalValue(.id, of: row)?.value.scalarText { imported.metadata["sourceId"] = id }
        for path in fields.metadata {
            if let text = path.value(in: row)?.scalarText { imported.metadata[path.description] = text }
        }
        return imported
    }

    // MARK: Messages

    private func messages(of row: DataValue) throws(RowFault) -> (messages: [DataMessage], field: String) {
        let values: [DataValue]
        let field: String
        if let found = fields.optionalValue(.messages, of: row) {
            field = found.path.pointer
            switch found.value {
            case .array(let list): values = list
            // Parquet files, such as SWE-smith's, keep the list as JSON text.
            case .string(let text):
                guard let list = (try? DataValueParser.parse(text))?.array else {
                    throw .malformed(field, "expected an array of messages, or one as JSON text")
                }
                values = list
            default: throw .malformed(field, "expected an array of messages, found \(found.value.kind)")
            }
        } else if let prompt = row["prompt"]?.array, let completion = row["completion"]?.array {
            values = prompt + completion
            field = "/completion"
        } else {
            throw .malformed(
                nil,
                "there are no messages: none of the keys \(RowFields.Role.messages.usualNames.joined(separator: ", ")); "
                    + "name it with --field messages=KEY")
        }
        var messages: [DataMessage] = []
        for (index, value) in values.enumerated() {
            let message = try DataMessage(value, at: "\(field)/\(index)")
            if !message.isDemonstration { messages.append(message) }
        }
        return (messages, field)
    }

    /// The assistant's messages, each with what followed until the next.
    private static func turns(_ messages: ArraySlice<DataMessage>) -> [(message: DataMessage, observation: String)] {
        var turns: [(message: DataMessage, observation: String)] = []
        for message in messages {
            if message.role == .assistant {
                turns.append((message, ""))
            } else if message.role != .system {
                let text = AgentAction.observation(message.text)
                let before = turns[turns.count - 1].observation
                turns[turns.count - 1].observation = before.isEmpty ? text : before + "\n\n" + text
            }
        }
        return turns
    }

    // MARK: Steps

    private func fill(_ row: inout ImportedRow, _ turns: [(message: DataMessage, observation: String)]) {
        let actions = turns.map { turn in turn.message.calls.isEmpty ? nil : turn.message.calls.joined(separator: "\n")
        }
        let calls = zip(turns, actions).map { $1 ?? AgentAction.calls(in: $0.message.text) }
        let fences = turns.map { AgentAction.onlyFence(in: $0.message.text) }
        let form =
            action != .auto ? action : calls.contains { $0 != nil } ? .calls : fences.contains(nil) ? .message : .fence
        var observations: [String] = []
        for (index, turn) in turns.enumerated() {
            let words = Monologue.trimmed(Self.withoutMonologue(turn.message.text))
            let step: String?
            switch form {
            case .calls, .auto: step = calls[index] ?? (index == turns.count - 1 ? words : nil)
            case .fence: step = fences[index] ?? (index == turns.count - 1 ? words : nil)
            case .message:
                step = [words, actions[index]].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "\n")
            }
            guard let step else {
                row.notes[.messageWithoutCallLeftOut, default: 0] += 1
                continue
            }
            guard !Monologue.trimmed(step).isEmpty else {
                row.notes[.emptyActionLeftOut, default: 0] += 1
                continue
            }
            row.steps.append(Monologue.trimmed(step))
            observations.append(turn.observation)
        }
        if observations.contains(where: { !$0.isEmpty }) { row.observations = observations }
    }

    /// What a reasoning model says after its monologue, where it shows one.
    private static func withoutMonologue(_ text: String) -> String {
        guard let end = text.ranges(of: Monologue.closingTag).last else { return text }
        return String(text[end.upperBound...])
    }
}
