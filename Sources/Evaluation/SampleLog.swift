import ServiceAPI
import Trajectory
import Zstandard

/// The episodes of an evaluation, one a line: what the model wrote, what was taken as its answer and how it was judged.
package enum SampleLog {
    /// One line.
    package struct Row: Codable, Sendable, Equatable {
        package let problem: String
        /// 0-based; absent for the greedy attempt.
        package let sample: Int?
        package let steps: [EpisodeOutcome.Step]
        package let completion: String?
        package let answer: String?
        package let reference: String
        package let correct: Bool
        /// `correct`, `wrongAnswer`, or how the episode ended without an answer.
        package let verdict: String
        package let violation: String?
        package let generatedTokens: Int
        package let grader: String
    }

    /// Writes the log, zstd-compressed when `path` ends in `.zst`. It appears whole or not at all.
    package static func write(_ outcomes: [EpisodeOutcome], of benchmark: Benchmark, to path: String) throws {
        let writer = try LineWriter(path: path)
        for outcome in outcomes {
            let problem = benchmark.problems[outcome.plan.problem]
            let row = Row(
                problem: problem.id, sample: outcome.plan.sample, steps: outcome.steps, completion: outcome.completion,
                answer: outcome.answer, reference: problem.answer, correct: outcome.isCorrect, verdict: outcome.verdict,
                violation: outcome.violation?.rawValue, generatedTokens: outcome.generatedTokens,
                grader: AnswerGrader.identifier)
            try writer.write(String(decoding: ServiceJSON.encode(row), as: UTF8.self))
        }
        try writer.commit()
    }
}
