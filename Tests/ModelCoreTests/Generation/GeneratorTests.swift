import Foundation
import ModelCore
import TestSupport
import Testing

/// Continuous batching over hand-made logits: what is computed, what ends a completion, and what it must not depend on.
struct GeneratorTests {
    private let tokenizer = ByteTokenizer()

    private func generator(_ decoder: ScriptedDecoder, concurrency: Int = 256, maximumPositions: Int = 10_000)
        -> Generator
    {
        Generator(
            tokenizer: tokenizer, maximumConcurrentSequences: concurrency, maximumPositions: maximumPositions
        ) { decoder }
    }

    /// A decoder that writes `text` after a prompt of one token, then end of text for ever.
    private func writing(_ text: String) -> ScriptedDecoder {
        let tokens = tokenizer.encode(text, parsingSpecialTokens: true)
        return ScriptedDecoder { path in
            var logits = [Float](repeating: 0, count: 264)
            logits[Int(path.count - 1 < tokens.count ? tokens[path.count - 1] : 256)] = 50
            return logits
        }
    }

    private func complete(
        _ decoder: ScriptedDecoder, stopTokens: Set<TokenID> = [256], sampling: SamplingParameters,
        maximumPositions: Int = 10_000
    ) throws -> Completion {
        var prompts = TokenForest()
        let root = prompts.add([1])
        let requests = [GenerationRequest(parent: root, seed: 1, stopTokens: stopTokens)]
        let completions = try generator(decoder, maximumPositions: maximumPositions)
            .generate(prompts: prompts, requests: requests, sampling: sampling)
        return try #require(completions.first)
    }

    @Test func eachCompletionIsToldOfWhenItEnds() throws {
        // The prompt's only token says how many tokens are written.
        let decoder = ScriptedDecoder { path in
            var logits = [Float](repeating: 0, count: 264)
            logits[path.count - 1 < Int(path[0]) ? 97 : 256] = 50
            return logits
        }
        var prompts = TokenForest()
        let requests = [3, 0, 1].map {
            GenerationRequest(parent: prompts.add([TokenID($0)]), seed: 1, stopTokens: [256])
        }
        var told: [(Int, Completion)] = []
        let completions = try generator(decoder).generate(
            prompts: prompts, requests: requests, sampling: SamplingParameters(maximumTokens: 9),
            finished: { told.append(($0, $1)) })
        #expect(told.map(\.0) == [1, 2, 0])
        #expect(told.map(\.1) == [completions[1], completions[2], completions[0]])
    }

    // MARK: What ends a completion

    @Test func stopTokenEndsAndIsKeptInTheTokensOnly() throws {
        let completion = try complete(writing("né"), sampling: SamplingParameters(maximumTokens: 50))
        #expect(completion.tokens == [0x6E, 0xC3, 0xA9, 256])
        #expect(completion.logProbabilities.count == 4)
        #expect(completion.text == "né")
        #expect(completion.finish == .stop)
    }

    @Test func stopTokenThatHasTextIsLeftOutOfTheText() throws {
        let completion = try complete(
            writing("<think>a</think>b<|im_end|>c"), stopTokens: [258], sampling: SamplingParameters(maximumTokens: 50))
        #expect(completion.text == "<think>a</think>b")
        #expect(completion.tokens.last == 258)
    }

    @Test func maximumTokensEndsWithLength() throws {
        let completion = try complete(writing("abcdef"), sampling: SamplingParameters(maximumTokens: 3))
        #expect(completion.text == "abc")
        #expect(completion.finish == .length)
    }

    @Test func lastPositionOfTheModelEndsWithLength() throws {
        let completion = try complete(
            writing("abcdef"), sampling: SamplingParameters(maximumTokens: 50), maximumPositions: 5)
        #expect(completion.text == "abcd")
        #expect(completion.finish == .length)
    }

    @Test(arguments: [
        ("one two\nthree", ["\n"], "one two"),
        ("one two\nthree", ["wo", "two"], "one "),
        ("aab", ["ab"], "a"),
        ("日本語", ["本"], "日"),
        ("no stop", ["zzz"], "no stop"),
        ("x</think>y", ["</think>"], "x"),
        ("x</think>y", ["nk>y"], "x</thi"),
    ])
    func stopSequenceEndsOverDecodedText(_ text: String, _ stops: [String], _ expected: String) throws {
        let completion = try complete(
            writing(text), sampling: SamplingParameters(maximumTokens: 50, stopSequences: stops))
        #expect(completion.text == expected)
        #expect(completion.finish == .stop)
    }

    @Test func greedyIgnoresTheSeed() throws {
        var prompts = TokenForest()
        let root = prompts.add([1, 2, 3])
        let requests = (0..<3).map { GenerationRequest(parent: root, seed: $0, stopTokens: []) }
        let completions = try generator(.hashing(vocabularySize: 20)).generate(
            prompts: prompts, requests: requests, sampling: SamplingParameters(temperature: 0, maximumTokens: 12))
        #expect(completions[0].tokens.count == 12)
        #expect(completions[0] == completions[1] && completions[1] == completions[2])
    }

    // MARK: What a completion must not depend on

    /// Prompts with shared trunks, branches at their steps and an empty segment.
    private func branchingPrompts() -> (forest: TokenForest, parents: [Int]) {
        var forest = TokenForest()
        var parents: [Int] = []
        for problem in TokenID(0)..<4 {
            var trunk = forest.add([10 + problem, 2, 3])
            for step in TokenID(0)..<3 {
                parents += [trunk, forest.add([5], parent: trunk), forest.add([], parent: trunk)]
                trunk = forest.add([20 + step, 4], parent: trunk)
            }
        }
        return (forest, parents)
    }

    @Test func completionsAreEqualAloneInBatchesAndInAnyOrder() throws {
        let (forest, parents) = branchingPrompts()
        let requests = parents.enumerated().flatMap { index, parent in
            (0..<3).map {
                GenerationRequest(parent: parent, seed: SeedSequence(1).seed(UInt64(index), $0), stopTokens: [7])
            }
        }
        let sampling = SamplingParameters(temperature: 0.9, topP: 0.95, maximumTokens: 15)
        let alone = try requests.map {
            try generator(.hashing(vocabularySize: 20)).generate(prompts: forest, requests: [$0], sampling: sampling)[0]
        }
        #expect(Set(alone.map(\.finish)) == [.stop, .length])
        for concurrency in [1, 2, 7, 1000] {
            let decoder = ScriptedDecoder.hashing(vocabularySize: 20)
            let together = try generator(decoder, concurrency: concurrency).generate(
                prompts: forest, requests: requests, sampling: sampling)
            #expect(together == alone, "with \(concurrency) at a time")
            #expect(decoder.largestStep <= concurrency)
            #expect(decoder.liveSegments == 0)
        }
        let reversed = try generator(.hashing(vocabularySize: 20), concurrency: 5).generate(
            prompts: forest, requests: requests.reversed(), sampling: sampling)
        #expect(Array(reversed.reversed()) == alone)
    }

    @Test func sharedPromptsAreComputedOnceAndUnusedOnesNever() throws {
        let (forest, parents) = branchingPrompts()
        let requests = (0..<8).map { GenerationRequest(parent: parents[3], seed: $0, stopTokens: []) }
        let decoder = ScriptedDecoder.hashing(vocabularySize: 20)
        _ = try generator(decoder, concurrency: 3).generate(
            prompts: forest, requests: requests, sampling: SamplingParameters(maximumTokens: 4))
        #expect(decoder.computedPromptTokens == 5)  // the problem (3) and its first step (2)
        // All prompts of one depth are one call: 4 roots, then 4 steps, then the leaves.
        let wide = ScriptedDecoder.hashing(vocabularySize: 20)
        let ends = [0, 1, 2, 3].map { parents[$0 * 9 + 3] }
        _ = try generator(wide).generate(
            prompts: forest, requests: ends.map { GenerationRequest(parent: $0, seed: 1, stopTokens: []) },
            sampling: SamplingParameters(maximumTokens: 1))
        #expect(wide.addCalls == 3)
    }

    @Test func newSequencesTakeThePlaceOfFinishedOnes() throws {
        // Request i has i + 1 tokens, the first of which needs no step: one at a time would take 0 + 1 + 2 + 3 steps.
        var prompts = TokenForest()
        let roots = (0..<4).map { prompts.add([TokenID($0)]) }
        let decoder = ScriptedDecoder { path in
            path.count > Int(path[0]) ? [0, 50, 0] : [50, 0, 0]
        }
        let completions = try generator(decoder, concurrency: 2).generate(
            prompts: prompts, requests: roots.map { GenerationRequest(parent: $0, seed: 0, stopTokens: [1]) },
            sampling: SamplingParameters(maximumTokens: 10))
        #expect(completions.map(\.tokens.count) == [1, 2, 3, 4])
        #expect(decoder.stepCount == 4)
        #expect(decoder.largestStep == 2)
    }

    // MARK: Progress, cancellation, errors

    @Test func reportsProgressAndStopsBetweenSteps() throws {
        var prompts = TokenForest()
        let root = prompts.add([1])
        let requests = (0..<4).map { GenerationRequest(parent: root, seed: $0, stopTokens: []) }
        var reports: [[Int]] = []
        let completions = try generator(.hashing(vocabularySize: 20), concurrency: 2).generate(
            prompts: prompts, requests: requests, sampling: SamplingParameters(maximumTokens: 5),
            shouldStop: { reports.count == 5 }, progress: { reports.append([$0, $1]) })
        // Two at a time, the first step draws two tokens each; five tokens finish the first two.
        #expect(reports == [[0, 4], [0, 6], [0, 8], [2, 10], [2, 14]])
        #expect(completions.map(\.finish) == [.length, .length, .cancelled, .cancelled])
        #expect(completions.map(\.tokens.count) == [5, 5, 2, 2])
    }

    @Test func cancelledBeforeItBeginsGivesEmptyCompletions() throws {
        var prompts = TokenForest()
        let root = prompts.add([1])
        let completions = try generator(.hashing(vocabularySize: 20)).generate(
            prompts: prompts, requests: [GenerationRequest(parent: root, seed: 1, stopTokens: [])],
            sampling: SamplingParameters(maximumTokens: 5), shouldStop: { true })
        #expect(completions == [Completion(tokens: [], logProbabilities: [], text: "", finish: .cancelled)])
    }

    @Test func refusesPromptsThatCannotBeContinued() throws {
        let decoder = writing("x")
        var prompts = TokenForest()
        let empty = prompts.add([])
        let long = prompts.add([1, 2, 3])
        func run(_ parent: Int, maximumPositions: Int = 100) throws {
            _ = try generator(decoder, maximumPositions: maximumPositions).generate(
                prompts: prompts, requests: [GenerationRequest(parent: parent, seed: 1, stopTokens: [])],
                sampling: SamplingParameters(maximumTokens: 5))
        }
        #expect(throws: GenerationError.emptyPrompt(request: 0)) { try run(empty) }
        #expect(throws: GenerationError.promptTooLong(request: 0, tokens: 3, maximumPositions: 3)) {
            try run(long, maximumPositions: 3)
        }
    }

    @Test func namesTheRequestWhoseLogitsAreBroken() throws {
        let decoder = ScriptedDecoder { $0.count < 3 ? [0, 1] : [.nan, 1] }
        #expect(throws: GenerationError.logitsNotFinite(request: 0, position: 2)) {
            try complete(decoder, sampling: SamplingParameters(maximumTokens: 5))
        }
    }
}
