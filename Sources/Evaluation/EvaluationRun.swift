import ModelCore
import ServiceAPI
import Statistics
import Trajectory

/// Judges checkpoints, on a thread of its own.
package actor Evaluator {
    private let executor = ComputeExecutor(name: "evaluator")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package init() {}

    /// What an evaluation gives.
    package struct Report: Sendable {
        package let result: EvaluationResult
        package let outcomes: [EpisodeOutcome]
        package let benchmark: Benchmark
        /// What the checkpoint says about writing with it.
        package let generation: GenerationConfiguration
    }

    /// Evaluates a checkpoint folder on a benchmark file.
    ///
    /// - Parameters:
    ///   - id: repeated in the result.
    ///   - progress: called on the evaluator's thread: finished and all episodes, and the tokens drawn.
    /// - Throws: `ProblemDetails` for a template that does not exist; `PromptTemplateError`, `TrajectoryError`,
    ///   `CheckpointError`, `TokenizerError`, `CancellationError`.
    package func evaluate(
        _ request: EvaluationRequest, id: String, checkpoint: String, benchmark path: String,
        progress: @escaping @Sendable (_ finished: Int, _ total: Int, _ tokens: Int) -> Void
    ) throws -> Report {
        let start = ContinuousClock.now
        guard let template = PromptTemplate.named[request.template] else {
            let names = PromptTemplate.named.keys.sorted().joined(separator: ", ")
            throw ProblemDetails(
                kind: .invalidRequest, detail: "there is no template '\(request.template)'; known are \(names)",
                pointer: "/template")
        }
        var request = request
        if request.episode == .stepwise {
            request.maximumSteps = request.maximumSteps ?? EpisodeRunner.defaultMaximumSteps
        }
        let benchmark = try Benchmark.read(path, limit: request.limit)
        let (model, tokenizer) = try Checkpoint.load(from: checkpoint, for: .inference(weights: .float32))
        let generation = try Checkpoint.generationConfiguration(of: checkpoint).completed(for: tokenizer)
        let runner = EpisodeRunner(
            generator: Generator(model: model, tokenizer: tokenizer), tokenizer: tokenizer,
            maximumPositions: model.configuration.maximumPositions,
            template: try template.fitted(
                to: checkpoint, chatTemplate: tokenizer.chatTemplate, variables: tokenizer.chatTemplateVariables,
                isToken: { tokenizer.token(for: $0) != nil }),
            request: request, endTokens: generation.endTokens)
        let plans = EpisodeRunner.plans(problems: benchmark.problems.count, request: request)
        progress(0, plans.count, 0)
        let outcomes = try runner.run(plans, of: benchmark) { progress($0, plans.count, $1) }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return Report(
            result: Self.summarise(
                outcomes, problems: benchmark.problems.count, request: request, id: id, seconds: seconds),
            outcomes: outcomes, benchmark: benchmark, generation: generation)
    }

    /// Counts and intervals of finished episodes.
    package static func summarise(
        _ outcomes: [EpisodeOutcome], problems: Int, request: EvaluationRequest, id: String, seconds: Double
    ) -> EvaluationResult {
        var correct = [Int](repeating: 0, count: problems)
        var greedy: [Double] = []
        var failures: [String: Int] = [:]
        for outcome in outcomes {
            if outcome.plan.sample == nil {
                greedy.append(outcome.isCorrect ? 1 : 0)
            } else if outcome.isCorrect {
                correct[outcome.plan.problem] += 1
            }
            if !outcome.isCorrect { failures[outcome.verdict, default: 0] += 1 }
        }
        let samples = correct.map { ProblemOutcome(correct: $0, samples: request.samplesPerProblem) }
        func estimate(_ value: IntervalEstimate) -> Estimate {
            Estimate(value: value.value, low: value.low, high: value.high, method: value.method)
        }
        return EvaluationResult(
            id: id, request: request, problems: problems,
            greedy: greedy.isEmpty ? nil : estimate(Estimation.estimate(greedy, seed: request.seed)),
            averageAtK: estimate(Estimation.average(samples, seed: request.seed)),
            passAtK: estimate(Estimation.pass(at: request.samplesPerProblem, samples, seed: request.seed)),
            grader: AnswerGrader.identifier, failures: failures,
            generatedTokens: outcomes.reduce(0) { $0 + $1.generatedTokens }, seconds: seconds)
    }
}
