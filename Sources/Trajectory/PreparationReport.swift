/// Why a row of expert data is left out.
public enum DropReason: String, Error, Sendable, Codable, CaseIterable {
    /// The line is not JSON, or a field is missing or of the wrong type. Only when the caller asked to skip such lines.
    case malformed
    case emptyProblem
    case noAnswer
    case severalAnswers
    case tooFewSteps
    case repeatedProblem
}

extension DropReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "malformed line"
        case .emptyProblem: "empty problem"
        case .noAnswer: "last line is not \"#### answer\""
        case .severalAnswers: "more than one \"####\" line"
        case .tooFewSteps: "fewer than \(StepInstances.minimumSteps) steps"
        case .repeatedProblem: "same problem as an earlier row"
        }
    }
}

/// What became of every row when expert data was prepared.
public struct PreparationReport: Sendable, Equatable {
    /// The rows that were left out for one reason.
    public struct Drop: Sendable, Equatable {
        public internal(set) var count: Int
        /// 1-based lines of the first of them.
        public internal(set) var exampleLines: [Int]
    }

    /// How many lines are named for a reason.
    public static let maximumExamples = 5

    /// What was read, as people call it: the path.
    public let source: String
    /// Rows read; blank lines are none.
    public internal(set) var read = 0
    /// Rows that became trajectories.
    public internal(set) var kept = 0
    public internal(set) var dropped: [DropReason: Drop] = [:]
    /// How many trajectories have how many steps, the answer not counted.
    public internal(set) var stepCounts: [Int: Int] = [:]

    init(source: String) {
        self.source = source
    }

    public var droppedCount: Int { dropped.values.reduce(0) { $0 + $1.count } }

    mutating func keep(steps: Int) {
        read += 1
        kept += 1
        stepCounts[steps, default: 0] += 1
    }

    mutating func drop(_ reason: DropReason, line: Int) {
        read += 1
        var drop = dropped[reason] ?? Drop(count: 0, exampleLines: [])
        drop.count += 1
        if drop.exampleLines.count < Self.maximumExamples { drop.exampleLines.append(line) }
        dropped[reason] = drop
    }
}

extension PreparationReport: CustomStringConvertible {
    /// Several lines of text for a terminal.
    public var description: String {
        var lines = [
            "\(source): \(read.grouped) rows read, \(kept.grouped) kept, \(droppedCount.grouped) dropped"
        ]
        let drops = dropped.sorted { ($0.value.count, $1.key.rawValue) > ($1.value.count, $0.key.rawValue) }
        let reasonWidth = drops.map { $0.key.description.count }.max() ?? 0
        let countWidth = drops.map { $0.value.count.grouped.count }.max() ?? 0
        for (reason, drop) in drops {
            let examples = drop.exampleLines.map(String.init).joined(separator: ", ")
            let more = drop.count > drop.exampleLines.count ? ", .." : ""
            lines.append(
                "  \(drop.count.grouped.padded(left: countWidth))  \(reason.description.padded(right: reasonWidth))"
                    + "  line\(drop.count == 1 ? "" : "s") \(examples)\(more)")
        }
        let histogram = Histogram(counts: stepCounts)
        if let summary = histogram.summary {
            lines += ["", "Steps per trajectory: \(summary)"] + histogram.lines()
        }
        return lines.joined(separator: "\n")
    }
}
