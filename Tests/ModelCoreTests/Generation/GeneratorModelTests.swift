import ModelCore
import TestSupport
import Testing

/// Generation with a real model: what is drawn does not depend on the batch, and what is recorded is what training scores.
struct GeneratorModelTests {
    private let tokenizer = ByteTokenizer()

    private func model() throws -> CausalLanguageModel {
        try TinyModel.make(TinyModel.configuration(vocabularySize: 264), seed: 5)
    }

    /// Trunks with branches, and two samples of every prompt.
    private func work() -> (prompts: TokenForest, requests: [GenerationRequest]) {
        var prompts = TokenForest()
        var requests: [GenerationRequest] = []
        let seeds = SeedSequence(8)
        for problem in 0..<3 {
            var end = prompts.add(tokenizer.encode("problem \(problem)\n", parsingSpecialTokens: false))
            for step in 0..<3 {
                for sample in 0..<2 {
                    let seed = seeds.seed(UInt64(problem), UInt64(step), UInt64(sample))
                    requests.append(GenerationRequest(parent: end, seed: seed, stopTokens: [10, 256]))
                }
                end = prompts.add(tokenizer.encode("step \(step)\n", parsingSpecialTokens: false), parent: end)
            }
        }
        return (prompts, requests)
    }

    @Test func completionsAreEqualAloneInBatchesAndInAnyOrder() throws {
        let model = try model()
        let (prompts, requests) = work()
        let sampling = SamplingParameters(temperature: 0.8, topK: 50, maximumTokens: 24)
        func generate(_ requests: [GenerationRequest], concurrency: Int) throws -> [Completion] {
            try Generator(model: model, tokenizer: tokenizer, maximumConcurrentSequences: concurrency)
                .generate(prompts: prompts, requests: requests, sampling: sampling)
        }
        let together = try generate(requests, concurrency: 256)
        #expect(Set(together.map(\.tokens)).count == requests.count)
        #expect(try generate(requests, concurrency: 1) == together)
        #expect(try generate(requests, concurrency: 5) == together)
        #expect(try Array(generate(requests.reversed(), concurrency: 7).reversed()) == together)
        for index in [0, 7, 17] { #expect(try generate([requests[index]], concurrency: 256) == [together[index]]) }
    }

    @Test(arguments: [Float(1), 0.7]) func recordedLogProbabilitiesAreThoseThatTrainingScores(_ temperature: Float)
        throws
    {
        let model = try model()
        var (forest, requests) = work()
        let completions = try Generator(model: model, tokenizer: tokenizer).generate(
            prompts: forest, requests: requests,
            sampling: SamplingParameters(temperature: temperature, topP: 0.9, maximumTokens: 16))
        for (request, completion) in zip(requests, completions) {
            let leaf = forest.add(completion.tokens, parent: request.parent)
            let scores = try model.logProbabilities(
                of: forest.predictions(of: leaf), in: forest, temperature: temperature)
            #expect(scores.logProbabilities.count == completion.tokens.count)
            for (trained, recorded) in zip(scores.logProbabilities, completion.logProbabilities) {
                #expect(abs(trained - recorded) < 1e-4)
            }
        }
    }
}
