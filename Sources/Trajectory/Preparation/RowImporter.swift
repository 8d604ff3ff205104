/// Makes expert trajectories of the rows of one format.
protocol RowImporter {
    /// What ids of the format begin with.
    var idPrefix: String { get }

    /// Reads one row.
    ///
    /// - Throws: ``RowFault``.
    func read(_ row: DataValue) throws(RowFault) -> ImportedRow
}

/// Why a row gives no trajectory.
enum RowFault: Error {
    /// It is not a row of the format: the preparation stops, or skips it when asked.
    case malformed(TrajectoryError)
    /// It is one, and of no use.
    case dropped(RowDrop)

    static func malformed(_ field: String?, _ message: String) -> RowFault {
        .malformed(TrajectoryError(field: field, message: message))
    }

    static func dropped(_ reason: DropReason, field: String? = nil, detail: String? = nil) -> RowFault {
        .dropped(RowDrop(reason, field: field, detail: detail))
    }
}

/// What a row says, before it is known whether it is kept.
struct ImportedRow {
    /// An id that is to stay; nil to make one of the problem.
    var id: String?
    var problem: String
    var steps: [String]
    /// What followed each step; nil where the format has none.
    var observations: [String]?
    var answer: String?
    var metadata: [String: String] = [:]
    var notes: [PreparationNote: Int] = [:]
    /// Where problem and steps stood in the row, for messages.
    var problemField = "/problem"
    var stepsField = "/steps"
}

extension DataValue {
    /// The text at a key of a row.
    ///
    /// - Throws: `RowFault.malformed` naming the key.
    func requiredText(_ name: String) throws(RowFault) -> String {
        guard let value = self[name] else { throw .malformed("/" + name, "the key is missing") }
        guard let text = value.string else {
            throw .malformed("/" + name, "expected a string, found \(value.kind)")
        }
        return text
    }

    /// - Throws: `RowFault.malformed` where this is no object.
    func requireObject() throws(RowFault) {
        guard isObject else { throw .malformed(nil, "expected an object, found \(kind)") }
    }
}
