import Trajectory

/// One attempt at a problem that is to be made.
package struct EpisodePlan: Sendable, Equatable {
    /// Index of the problem in the benchmark.
    package let problem: Int
    /// 0-based number of the sample; nil for the greedy attempt.
    package let sample: Int?

    package init(problem: Int, sample: Int?) {
        self.problem = problem
        self.sample = sample
    }
}

/// How an episode ended.
package enum EpisodeEnd: String, Sendable, Codable, CaseIterable {
    /// The model stated an answer.
    case answered
    /// A direct solution ended without an answer.
    case noAnswer
    /// A step was not of the form monologue, action.
    case formatViolation
    /// The model wrote as many steps as it may without an answer.
    case stepLimit
    /// A completion reached the maximum of tokens.
    case truncated
    /// The context left no room for another completion.
    case contextFull
}

/// One attempt at a problem, as it went.
package struct EpisodeOutcome: Sendable, Equatable {
    package struct Step: Sendable, Equatable, Codable {
        package let monologue: String
        package let action: String
    }

    package let plan: EpisodePlan
    /// The accepted steps of a stepwise episode; empty for a direct one.
    package var steps: [Step] = []
    /// The last completion where it is not a step: the whole solution of a direct episode, or what ended a stepwise one.
    package var completion: String?
    package var answer: String?
    package var isCorrect = false
    package var end: EpisodeEnd?
    /// In which way the form was broken.
    package var violation: FormatViolation?
    package var generatedTokens = 0

    package init(plan: EpisodePlan) {
        self.plan = plan
    }

    /// What reports count it under: `correct`, `wrongAnswer`, or how it ended without an answer.
    package var verdict: String {
        guard end == .answered else { return end?.rawValue ?? "unfinished" }
        return isCorrect ? "correct" : "wrongAnswer"
    }
}
