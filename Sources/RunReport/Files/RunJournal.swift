import Foundation
import ServiceAPI
import Zstandard

/// `run.json` of a run: what its metrics do not say. When it was begun and continued, how large the model is, what the data are.
///
/// A run directory without one is that of an older version, or of another program; a report of it says less.
package struct RunJournal: Codable, Sendable, Equatable {
    /// A process that trained.
    package struct Session: Codable, Sendable, Equatable {
        /// The steps that had been made when it began.
        package var step: Int
        /// In ISO 8601.
        package var began: String
        /// When the report was last written.
        package var seen: String?

        package init(step: Int, began: String, seen: String? = nil) {
            self.step = step
            self.began = began
            self.seen = seen
        }
    }

    /// The expert trajectories.
    package struct DataSummary: Codable, Sendable, Equatable {
        package var training: Int
        package var heldOut: Int
        /// How many training trajectories have how many steps, the answer not among them.
        package var stepCounts: [StepCount]
        /// Characters, on average.
        package var problemLength: Double
        package var stepLength: Double

        package struct StepCount: Codable, Sendable, Equatable {
            package var steps: Int
            package var trajectories: Int
        }

        /// - Parameters:
        ///   - training: the steps of each trajectory that is trained on.
        ///   - problems: their problems.
        package init(training: [[String]], problems: [String], heldOut: Int) {
            self.training = training.count
            self.heldOut = heldOut
            let counts = Dictionary(training.map { ($0.count, 1) }, uniquingKeysWith: +)
            stepCounts = counts.sorted { $0.key < $1.key }.map { StepCount(steps: $0.key, trajectories: $0.value) }
            func mean(_ texts: [String]) -> Double {
                Double(texts.reduce(0) { $0 + $1.unicodeScalars.count }) / Double(max(1, texts.count))
            }
            problemLength = mean(problems)
            stepLength = mean(training.flatMap(\.self))
        }
    }

    /// What a phase leaves out of its data.
    package struct Drops: Codable, Sendable, Equatable {
        package var phase: Int
        package var count: Int
        /// Some, each with its reason.
        package var examples: [String]

        package init(phase: Int, count: Int, examples: [String]) {
            self.phase = phase
            self.count = count
            self.examples = examples
        }
    }

    package var sessions: [Session] = []
    /// Of the model, those that are trained.
    package var parameters: Int?
    package var data: DataSummary?
    package var drops: [Drops] = []

    package init() {}

    /// - Throws: ``ReportError`` for a file that cannot be read or is damaged.
    package static func read(from path: String) throws -> RunJournal? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        do throws(ProblemDetails) {
            return try ServiceJSON.decode(RunJournal.self, from: [UInt8](bytes))
        } catch {
            throw ReportError(path: path, message: "is damaged: \(error). Remove it to go on without")
        }
    }

    package func write(to path: String) throws {
        let file = try AtomicFile(path: path)
        try file.write(try ServiceJSON.encode(self, pretty: true) + Array("\n".utf8))
        try file.commit()
    }
}
