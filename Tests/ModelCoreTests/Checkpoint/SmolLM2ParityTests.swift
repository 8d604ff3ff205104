import Foundation
import ModelCore
import Testing

/// The real SmolLM2 against transformers; run by scripts/check-smollm2, which makes the two that the environment names.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STEPWISE_SMOLLM2_PARITY"] != nil))
struct SmolLM2ParityTests {
    private struct Recorded: Decodable {
        struct Prompt: Decodable {
            let text: String
            let tokens: [TokenID]
            let continuation: [TokenID]
            /// Between the two best logits at each token.
            let margins: [Float]
        }
        struct Text: Decodable {
            let text: String
            let tokens: [TokenID]
            let logProbability: Double
        }
        let prompts: [Prompt]
        let texts: [Text]
        let perplexity: Double
        let logits: [Float]
    }

    private let recorded: Recorded
    private let model: CausalLanguageModel
    private let tokenizer: any Tokenizer

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let path = try #require(environment["STEPWISE_SMOLLM2_PARITY"])
        recorded = try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        (model, tokenizer) = try Checkpoint.load(from: try #require(environment["STEPWISE_SMOLLM2"]))
    }

    @Test func tokensAndLogits() throws {
        for prompt in recorded.prompts {
            #expect(tokenizer.encode(prompt.text, parsingSpecialTokens: true) == prompt.tokens)
        }
        var forest = TokenForest()
        forest.add(recorded.prompts[0].tokens)
        let logits = try model.logits(rows: [forest.tokenCount - 1], in: forest).values
        try #require(logits.count == recorded.logits.count)
        let difference = zip(logits, recorded.logits).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        let largest = recorded.logits.reduce(Float(0)) { max($0, abs($1)) }
        print("logits: largest \(largest), largest difference \(difference)")
        #expect(difference < 1e-3)
    }

    @Test func greedyContinuations() throws {
        var prompts = TokenForest()
        let requests = recorded.prompts.map {
            GenerationRequest(parent: prompts.add($0.tokens), seed: 1, stopTokens: [])
        }
        let sampling = SamplingParameters(temperature: 0, maximumTokens: recorded.prompts[0].continuation.count)
        let completions = try Generator(model: model, tokenizer: tokenizer).generate(
            prompts: prompts, requests: requests, sampling: sampling)
        var equal = 0
        for (index, (completion, prompt)) in zip(completions, recorded.prompts).enumerated() {
            if completion.tokens == prompt.continuation { equal += 1 }
            let place = zip(completion.tokens, prompt.continuation).enumerated().first { $1.0 != $1.1 }?.offset
            #expect(
                completion.tokens == prompt.continuation,
                "prompt \(index) differs at token \(place ?? -1), where the two best logits are \(place.map { prompt.margins[$0] } ?? 0) apart"
            )
        }
        print("greedy: \(equal) of \(recorded.prompts.count) continuations equal")
    }

    @Test func perplexity() throws {
        var (count, sum) = (0, 0.0)
        for text in recorded.texts {
            #expect(tokenizer.encode(text.text, parsingSpecialTokens: false) == text.tokens)
            var forest = TokenForest()
            let segment = forest.add(text.tokens)
            let predictions = forest.predictions(of: segment)
            let scores = try model.logProbabilities(of: predictions, in: forest)
            count += predictions.count
            sum += scores.logProbabilities.reduce(0) { $0 + Double($1) }
        }
        let ours = exp(-sum / Double(count))
        print(
            "perplexity: \(ours), transformers' \(recorded.perplexity), difference \(abs(ours - recorded.perplexity))")
        #expect(abs(ours - recorded.perplexity) < 1e-3)
    }
}
