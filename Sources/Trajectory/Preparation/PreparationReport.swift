/// What became of every row when expert data was prepared.
public struct PreparationReport: Sendable, Equatable {
    /// A row that was left out.
    public struct Example: Sendable, Equatable {
        public let file: String
        /// 1-based line on which the row starts.
        public let line: Int
        /// 1-based number among the rows of the file.
        public let row: Int
        /// JSON pointer to what was the reason, where it is one field.
        public let field: String?
        /// What was found there.
        public let detail: String?
    }

    /// The rows that were left out for one reason.
    public struct Drop: Sendable, Equatable {
        public internal(set) var count = 0
        /// The first of them.
        public internal(set) var examples: [Example] = []

        /// 1-based lines of the examples.
        public var exampleLines: [Int] { examples.map(\.line) }
    }

    /// How many rows are remembered for a reason, and how many of them are written out.
    public static let maximumExamples = 5
    static let shownExamples = 3

    /// What was read, as people call it: paths.
    public internal(set) var sources: [String]
    /// Rows read; blank lines are none.
    public internal(set) var read = 0
    /// Rows that became trajectories.
    public internal(set) var kept = 0
    public internal(set) var dropped: [DropReason: Drop] = [:]
    /// What happened to rows that were kept, such as steps left out within them, and to how many.
    public internal(set) var notes: [PreparationNote: Int] = [:]
    /// How many trajectories have how many steps, the answer not counted.
    public internal(set) var stepCounts: [Int: Int] = [:]
    /// Trajectories with a final answer.
    public internal(set) var answered = 0
    /// Bytes of data read, after expansion.
    public internal(set) var bytes = 0

    init(sources: [String]) { self.sources = sources }

    public var droppedCount: Int { dropped.values.reduce(0) { $0 + $1.count } }

    mutating func keep(_ trajectory: ExpertTrajectory) {
        read += 1
        kept += 1
        stepCounts[trajectory.steps.count, default: 0] += 1
        if trajectory.answer != nil { answered += 1 }
    }

    mutating func drop(_ drop: RowDrop, file: String, line: Int, row: Int) {
        read += 1
        var entry = dropped[drop.reason] ?? Drop()
        entry.count += 1
        if entry.examples.count < Self.maximumExamples {
            entry.examples.append(
                Example(file: file, line: line, row: row, field: drop.field, detail: drop.detail.map(Self.shortened)))
        }
        dropped[drop.reason] = entry
    }

    /// The start of a text on one line.
    static func shortened(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > 70 ? line.prefix(67) + "..." : line
    }
}

/// What happened to rows that were kept.
public enum PreparationNote: String, Sendable, Codable, CaseIterable {
    case answerStatementRemoved
    case introductionDropped
    case emptyActionLeftOut
    case messageWithoutCallLeftOut
    case observationShortened
    case duplicatesNotLookedFor
}

extension PreparationNote: CustomStringConvertible {
    public var description: String {
        switch self {
        case .answerStatementRemoved:
            "rows whose closing sentence only stated the answer, which follows as a step of its own"
        case .introductionDropped: "rows whose introduction was left out"
        case .emptyActionLeftOut: "turns without an action, left out with what came back"
        case .messageWithoutCallLeftOut: "messages without a call between those with one, left out"
        case .observationShortened: "observations cut in the middle"
        case .duplicatesNotLookedFor: "rows not compared with each other: the memory for duplicates was full"
        }
    }
}

extension PreparationReport: CustomStringConvertible {
    /// Several lines of text for a terminal.
    public var description: String {
        let source = sources.count == 1 ? sources[0] : "\(sources.count) files"
        var lines = ["\(source): \(read.grouped) rows read, \(kept.grouped) kept, \(droppedCount.grouped) dropped"]
        let drops = dropped.sorted { ($0.value.count, $1.key.rawValue) > ($1.value.count, $0.key.rawValue) }
        let countWidth = (drops.map { $0.value.count } + notes.values).map { $0.grouped.count }.max() ?? 0
        for (reason, drop) in drops {
            lines.append("  \(drop.count.grouped.padded(left: countWidth))  \(reason)")
            for example in drop.examples.prefix(Self.shownExamples) {
                lines.append("  \("".padded(left: countWidth))    \(example)")
            }
        }
        if !notes.isEmpty {
            lines.append("Of those kept:")
            for (note, count) in notes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                lines.append("  \(count.grouped.padded(left: countWidth))  \(note)")
            }
        }
        let histogram = Histogram(counts: stepCounts)
        if let summary = histogram.summary {
            lines += ["", "Steps per trajectory: \(summary)"] + histogram.lines()
            if answered < kept { lines.append("With a final answer: \(answered.grouped) of \(kept.grouped)") }
        }
        return lines.joined(separator: "\n")
    }
}

extension PreparationReport.Example: CustomStringConvertible {
    public var description: String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        // Rows of an array on one line all have its number.
        let place = line == 1 && row > 1 ? "\(name), row \(row):" : "\(name):\(line):"
        return [place, field.map { "\($0):" }, detail].compactMap { $0 }.joined(separator: " ")
    }
}
