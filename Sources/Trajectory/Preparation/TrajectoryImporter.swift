/// Rows that are trajectories already, to be filtered, divided or cleared of duplicates.
struct TrajectoryImporter: RowImporter {
    let idPrefix = "row"

    func read(_ row: DataValue) throws(RowFault) -> ImportedRow {
        try row.requireObject()
        var imported = ImportedRow(problem: try row.requiredText("problem"), steps: try Self.texts(row, "steps") ?? [])
        guard row["steps"] != nil else { throw .malformed("/steps", "the key is missing") }
        imported.observations = try Self.texts(row, "observations")
        if let observations = imported.observations, observations.count > imported.steps.count {
            throw .malformed("/observations", "there are more observations than steps; each step has one at most")
        }
        if let answer = row["answer"], !answer.isNull {
            let text = try row.requiredText("answer")
            if Monologue.trimmed(text).isEmpty { throw .malformed("/answer", "the answer is empty") }
            imported.answer = text
        }
        if case .object(let members) = row["metadata"] {
            for member in members {
                guard let text = member.value.string else {
                    throw .malformed("/metadata/\(member.name)", "expected a string, found \(member.value.kind)")
                }
                imported.metadata[member.name] = text
            }
        }
        let id = try row.requiredText("id")
        if Monologue.trimmed(id).isEmpty { throw .malformed("/id", "the id is empty") }
        imported.id = id
        return imported
    }

    private static func texts(_ row: DataValue, _ name: String) throws(RowFault) -> [String]? {
        guard let value = row[name], !value.isNull else { return nil }
        guard let values = value.array else { throw .malformed("/" + name, "expected an array, found \(value.kind)") }
        var texts: [String] = []
        for (index, value) in values.enumerated() {
            guard let text = value.string else {
                throw .malformed("/\(name)/\(index)", "expected a string, found \(value.kind)")
            }
            texts.append(text)
        }
        return texts
    }
}
