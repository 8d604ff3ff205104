import Evaluation
import ModelCore
import ServiceAPI
import TestSupport
import Testing
import Trajectory

/// Episodes over a decoder that says what a script says, so that every way to end is met.
@Suite struct EpisodeRunnerTests {
    private let tokenizer = ByteTokenizer()

    /// A decoder that, after a prompt, writes what `replies` has for its text, then the end of the turn.
    private func decoder(_ replies: [String: String]) -> ScriptedDecoder {
        let tokenizer = tokenizer
        let scripts = replies.map { prompt, reply in
            (
                prompt: tokenizer.encode(prompt, parsingSpecialTokens: false),
                reply: tokenizer.encode(reply, parsingSpecialTokens: true) + [258]
            )
        }
        return ScriptedDecoder { path in
            var logits = [Float](repeating: 0, count: 264)
            let match = scripts.filter { path.starts(with: $0.prompt) }.max { $0.prompt.count < $1.prompt.count }
            if let match {
                let written = path.count - match.prompt.count
                logits[Int(written < match.reply.count ? match.reply[written] : 258)] = 100
            }
            return logits
        }
    }

    private func run(
        _ replies: [String: String], episode: EvaluationRequest.Episode = .stepwise, maximumSteps: Int? = 3,
        maximumTokens: Int = 40, maximumPositions: Int = 200, samples: Int = 1, endTokens: [TokenID] = []
    ) throws -> [EpisodeOutcome] {
        let request = EvaluationRequest(
            checkpoint: "c", benchmark: "b", episode: episode, template: "compact",
            sampling: EvaluationSampling(maximumTokens: maximumTokens), samplesPerProblem: samples, greedy: true,
            maximumSteps: maximumSteps)
        let benchmark = Benchmark(problems: [BenchmarkProblem(id: "1", problem: "1+2", answer: "3")])
        let decoder = decoder(replies)
        let runner = EpisodeRunner(
            generator: Generator(
                tokenizer: tokenizer, maximumConcurrentSequences: 8, maximumPositions: maximumPositions
            ) { decoder },
            tokenizer: tokenizer, maximumPositions: maximumPositions, template: .compact, request: request,
            endTokens: endTokens)
        return try runner.run(EpisodeRunner.plans(problems: 1, request: request), of: benchmark)
    }

    @Test func whatTheCheckpointNamesAsItsEndEndsACompletion() throws {
        let replies = ["1+2\n": "<think>add</think>#### 3;4"]
        #expect(try run(replies)[0].answer == "3;4")
        let outcome = try run(replies, endTokens: [TokenID(UInt8(ascii: ";"))])[0]
        #expect(outcome.answer == "3" && outcome.isCorrect)
    }

    @Test func anActionJoinsTheContextAndTheMonologueDoesNot() throws {
        let outcomes = try run([
            "1+2\n": "<think>add</think>one and two", "1+2\none and two\n": "<think>so</think>#### 3.0",
        ])
        #expect(outcomes.map(\.plan) == [EpisodePlan(problem: 0, sample: nil), EpisodePlan(problem: 0, sample: 0)])
        for outcome in outcomes {
            #expect(outcome.steps.map(\.action) == ["one and two", "#### 3.0"])
            #expect(outcome.steps.map(\.monologue) == ["add", "so"])
            #expect(outcome.answer == "3.0" && outcome.isCorrect && outcome.end == .answered)
            #expect(outcome.verdict == "correct" && outcome.completion == nil)
        }
    }

    @Test func howAStepwiseEpisodeEndsWithoutBeingRight() throws {
        let wrong = try run(["1+2\n": "<think></think>#### 4"])[0]
        #expect(wrong.verdict == "wrongAnswer" && wrong.end == .answered && !wrong.isCorrect)

        let malformed = try run(["1+2\n": "#### 3"])[0]
        #expect(malformed.verdict == "formatViolation" && malformed.violation == .missingOpeningTag)
        #expect(malformed.completion == "#### 3" && malformed.answer == nil)

        // The right answer in what was cut off does not count: the model was not done.
        let truncated = try run(["1+2\n": "<think></think>#### 3 and so on"], maximumTokens: 9)[0]
        #expect(truncated.verdict == "truncated" && truncated.violation == nil && !truncated.isCorrect)

        let endless = try run(["1+2\n": "<think></think>x", "1+2\nx\n": "<think></think>x"], maximumSteps: 2)[0]
        #expect(endless.verdict == "stepLimit" && endless.steps.count == 2)

        let full = try run(
            ["1+2\n": "<think></think>123456", "1+2\n123456\n": "<think></think>x"], maximumPositions: 11)[0]
        #expect(full.verdict == "contextFull" || full.verdict == "truncated")
    }

    @Test func aDirectEpisodeIsOneCompletion() throws {
        let right = try run(["1+2\n\n": "one and two\n#### 3"], episode: .direct)[0]
        #expect(right.verdict == "correct" && right.completion == "one and two\n#### 3" && right.steps.isEmpty)
        #expect(try run(["1+2\n\n": "three"], episode: .direct)[0].verdict == "noAnswer")
        #expect(try run(["1+2\n\n": "three and more"], episode: .direct, maximumTokens: 4)[0].verdict == "truncated")
    }

    /// A model that is unsure: the outcome of a sample must not depend on how many others are drawn.
    @Test func anEpisodeDoesNotDependOnThoseBesideIt() throws {
        let model = try TinyModel.make(TinyModel.configuration(vocabularySize: 264))
        let benchmark = Benchmark(
            problems: ["1+2", "7-3", "12"].enumerated().map {
                BenchmarkProblem(id: "\($0)", problem: $1, answer: "3")
            })
        let request = EvaluationRequest(
            checkpoint: "c", benchmark: "b", episode: .stepwise, template: "compact",
            sampling: EvaluationSampling(maximumTokens: 8), samplesPerProblem: 4, maximumSteps: 3, seed: 11)
        let runner = EpisodeRunner(
            generator: Generator(model: model, tokenizer: tokenizer), tokenizer: tokenizer, maximumPositions: 512,
            template: .compact, request: request)
        let plans = EpisodeRunner.plans(problems: 3, request: request)
        #expect(plans.count == 15)
        let together = try runner.run(plans, of: benchmark)
        for plan in [plans[0], plans[7], plans[14]] {
            #expect(try runner.run([plan], of: benchmark) == together.filter { $0.plan == plan })
        }
        #expect(Set(together.map { $0.completion ?? "" }).count > 3)
    }
}
