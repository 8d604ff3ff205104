import ModelCore
import ServiceAPI
import Trajectory

/// Lets a model make attempts at problems, many at a time.
///
/// An attempt's outcome depends on the model, its problem and its seed only, never on which others are made beside it.
package struct EpisodeRunner {
    private let generator: Generator
    private let tokenizer: any Tokenizer
    private let maximumPositions: Int
    private let template: PromptTemplate
    private let request: EvaluationRequest
    private let stopTokens: Set<TokenID>
    private let grader = AnswerGrader()

    /// Episodes that advance together; bounds memory.
    private static let width = 512

    /// - Parameter endTokens: what ends a text besides the template's end of turn and the tokenizer's end of text.
    package init(
        generator: Generator, tokenizer: any Tokenizer, maximumPositions: Int, template: PromptTemplate,
        request: EvaluationRequest, endTokens: [TokenID] = []
    ) {
        stopTokens = Set(template.stopTokens.compactMap(tokenizer.token(for:)) + [tokenizer.endOfText] + endTokens)
        self.generator = generator
        self.tokenizer = tokenizer
        self.maximumPositions = maximumPositions
        self.template = template
        self.request = request
    }

    /// The attempts that the request asks for, problem by problem, the greedy one first.
    package static func plans(problems: Int, request: EvaluationRequest) -> [EpisodePlan] {
        (0..<problems).flatMap { problem in
            (request.greedy ? [EpisodePlan(problem: problem, sample: nil)] : [])
                + (0..<request.samplesPerProblem).map { EpisodePlan(problem: problem, sample: $0) }
        }
    }

    /// Makes all attempts.
    ///
    /// - Parameter progress: told how many are finished and how many tokens have been drawn.
    /// - Throws: `CancellationError` when the task is cancelled; `GenerationError`.
    package func run(
        _ plans: [EpisodePlan], of benchmark: Benchmark,
        progress: @escaping (_ finished: Int, _ tokens: Int) -> Void = { _, _ in }
    ) throws -> [EpisodeOutcome] {
        var outcomes = plans.map(EpisodeOutcome.init)
        var finished = 0
        var tokens = 0
        for start in stride(from: 0, to: outcomes.count, by: Self.width) {
            var running = Array(start..<min(start + Self.width, outcomes.count))
            while !running.isEmpty {
                try advance(running, in: &outcomes, benchmark: benchmark) { progress(finished, tokens + $0) }
                tokens = outcomes.reduce(0) { $0 + $1.generatedTokens }
                let before = running.count
                running.removeAll { outcomes[$0].end != nil }
                finished += before - running.count
                progress(finished, tokens)
            }
        }
        return outcomes
    }

    /// One completion of each running episode.
    private func advance(
        _ running: [Int], in outcomes: inout [EpisodeOutcome], benchmark: Benchmark,
        progress: @escaping (_ tokens: Int) -> Void
    ) throws {
        var prompts = EpisodePrompts(
            template: template, tokenizer: tokenizer, isStepwise: request.episode == .stepwise)
        let seeds = SeedSequence(request.seed)
        var greedy: [(episode: Int, request: GenerationRequest)] = []
        var sampled: [(episode: Int, request: GenerationRequest)] = []
        for index in running {
            let outcome = outcomes[index]
            let problem = benchmark.problems[outcome.plan.problem]
            let segment = prompts.segment(problem: problem.problem, actions: outcome.steps.map(\.action))
            guard prompts.length(segment) < maximumPositions else {
                outcomes[index].end = .contextFull
                continue
            }
            let sample = outcome.plan.sample
            let seed = seeds.seed(
                UInt64(outcome.plan.problem), UInt64((sample ?? -1) + 1), UInt64(outcome.steps.count))
            let made = (index, GenerationRequest(parent: segment, seed: seed, stopTokens: stopTokens))
            if sample == nil { greedy.append(made) } else { sampled.append(made) }
        }
        let sampling = SamplingParameters(
            temperature: Float(request.sampling.temperature), topK: request.sampling.topK,
            topP: request.sampling.topP.map(Float.init), minP: request.sampling.minP.map(Float.init),
            maximumTokens: request.sampling.maximumTokens)
        for (part, parameters) in [(greedy, sampling.greedy), (sampled, sampling)] {
            let completions = try generator.generate(
                prompts: prompts.forest, requests: part.map(\.request), sampling: parameters,
                shouldStop: { Task.isCancelled }, progress: { _, tokens in progress(tokens) })
            try Task.checkCancellation()
            for (member, completion) in zip(part, completions) {
                take(completion, into: &outcomes[member.episode], benchmark: benchmark)
            }
        }
    }

    /// What a completion means for its episode.
    private func take(_ completion: Completion, into outcome: inout EpisodeOutcome, benchmark: Benchmark) {
        outcome.generatedTokens += completion.tokens.count
        switch request.episode {
        case .direct:
            outcome.completion = completion.text
            outcome.answer = template.answer(in: completion.text)
            outcome.end = outcome.answer != nil ? .answered : completion.finish == .length ? .truncated : .noAnswer
        case .stepwise:
            let isTruncated = completion.finish == .length
            switch Monologue.parse(completion.text) {
            case .violation(let violation):
                outcome.completion = completion.text
                outcome.violation = isTruncated ? nil : violation
                outcome.end = isTruncated ? .truncated : .formatViolation
            case .action where isTruncated:
                outcome.completion = completion.text
                outcome.end = .truncated
            case .action(let monologue, let action):
                outcome.steps.append(EpisodeOutcome.Step(monologue: monologue, action: action))
                outcome.answer = template.answer(in: action)
                if outcome.answer != nil {
                    outcome.end = .answered
                } else if outcome.steps.count >= request.maximumSteps ?? Self.defaultMaximumSteps {
                    outcome.end = .stepLimit
                }
            }
        }
        if let answer = outcome.answer {
            outcome.isCorrect = grader.accepts(
                answer, reference: benchmark.problems[outcome.plan.problem].answer)
        }
    }

    /// Steps of an episode where the request sets no bound.
    package static let defaultMaximumSteps = 32
}
