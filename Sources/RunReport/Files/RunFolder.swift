import Foundation

/// The files of a run, for whoever looks at it; nothing of how they come to be.
public struct RunFolder: Sendable {
    public let path: String

    public var reportPath: String { path + "/report.html" }
    package var configurationPath: String { path + "/config.yaml" }
    package var metricsPath: String { path + "/metrics.jsonl" }
    package var journalPath: String { path + "/run.json" }
    package var tensorBoardPath: String { path + "/tensorboard" }
    package var rollouts: RolloutFiles { RolloutFiles(folder: path + "/rollouts") }

    /// What people call the run.
    package var name: String { URL(filePath: path).standardizedFileURL.lastPathComponent }

    /// - Throws: ``ReportError`` when there is no run.
    public init(path: String) throws {
        self.init(unchecked: path)
        guard FileManager.default.fileExists(atPath: configurationPath) else {
            throw ReportError(path: path, message: "holds no run: there is no \(configurationPath)")
        }
    }

    /// A folder where a run is to begin.
    package init(unchecked path: String) { self.path = path }

    /// - Throws: ``ReportError`` for a file that is missing or is not YAML.
    package func configuration() throws -> ConfigurationListing {
        guard let bytes = FileManager.default.contents(atPath: configurationPath) else {
            throw ReportError(path: configurationPath, message: "cannot be read")
        }
        return try ConfigurationListing(String(decoding: bytes, as: UTF8.self), path: configurationPath)
    }
}

/// All that a report shows of a run.
package struct RunRecord: Sendable {
    package let name: String
    package let configuration: ConfigurationListing
    package let history: MetricsHistory
    package let journal: RunJournal?
    package var rollouts: [RolloutSample]

    package init(
        name: String, configuration: ConfigurationListing, history: MetricsHistory, journal: RunJournal?,
        rollouts: [RolloutSample]
    ) {
        self.name = name
        self.configuration = configuration
        self.history = history
        self.journal = journal
        self.rollouts = rollouts
    }

    /// Reads a run.
    ///
    /// - Throws: ``ReportError``, `FileError`.
    package init(_ folder: RunFolder) throws {
        var history = MetricsHistory(path: folder.metricsPath)
        try history.update()
        self.init(
            name: folder.name, configuration: try folder.configuration(), history: history,
            journal: try RunJournal.read(from: folder.journalPath), rollouts: try RolloutSample.samples(of: folder))
    }

    /// The steps that the configuration asks for.
    package var totalSteps: Int { configuration.phases.reduce(0) { $0 + $1.steps } }
    package var lastStep: Int { history.lastStep ?? 0 }
    package var isFinished: Bool { totalSteps > 0 && lastStep >= totalSteps }

    /// The spans of phases that draw rollouts.
    package var policySpans: [MetricsHistory.Span] { history.spans.filter { $0.method != "sft" } }
}

/// Rollouts of a step that are worth looking at.
package struct RolloutSample: Sendable, Equatable {
    package let step: Int
    package let count: Int
    package let violations: Int
    package let errors: Int
    package let best: [RolloutRecord]
    package let worst: [RolloutRecord]
    package let firstError: RolloutRecord?

    /// - Parameter shown: how many of the best and worst are kept, one of each step instance.
    package init?(_ records: [RolloutRecord], step: Int, shown: Int = 4) {
        guard !records.isEmpty else { return nil }
        self.step = step
        count = records.count
        violations = records.count { if case .violation = $0.score { true } else { false } }
        errors = records.count { $0.score.reward == nil }
        firstError = records.first { $0.score.reward == nil }
        let scored = records.filter { $0.score.reward != nil }
        // Of equal rewards, those with more to look at.
        let ordered = scored.sorted {
            ($0.score.reward ?? 0, $0.expert.utf8.count) > ($1.score.reward ?? 0, $1.expert.utf8.count)
        }
        let median = ordered.isEmpty ? 0 : ordered[ordered.count / 2].score.reward ?? 0
        best = Self.distinct(ordered.filter { ($0.score.reward ?? 0) >= median }, count: shown)
        worst = Self.distinct(ordered.reversed().filter { ($0.score.reward ?? 0) < median }, count: shown)
    }

    /// The first ones, one of each step instance.
    private static func distinct(_ records: [RolloutRecord], count: Int) -> [RolloutRecord] {
        var seen = Set<String>()
        return Array(records.filter { seen.insert("\($0.trajectory)\n\($0.trajectoryStep)").inserted }.prefix(count))
    }

    /// Of the last step that was kept, and of the first for comparison.
    static func samples(of folder: RunFolder) throws -> [RolloutSample] {
        let steps = folder.rollouts.steps()
        let chosen = steps.isEmpty ? [] : steps.count == 1 ? [steps[0]] : [steps[steps.count - 1], steps[0]]
        return try chosen.compactMap { RolloutSample(try folder.rollouts.read(step: $0), step: $0) }
    }
}
