/// Writes completions of many prompts at once (continuous batching): the prompts' shared prefixes are computed once, every
/// step advances all running completions in one pass of the model, and a completion that ends makes room for the next.
///
/// A completion's tokens depend on its prompt, its seed and the sampling parameters only; never on what else is in the
/// batch, on the order of admission or on ``maximumConcurrentSequences``.
public struct Generator {
    /// How many completions grow at the same time; bounds the memory of the key-value cache.
    public let maximumConcurrentSequences: Int

    private let tokenizer: any Tokenizer
    private let maximumPositions: Int
    private let makeDecoder: () throws -> any TokenDecoder

    /// - Parameter precision: of the weights as decoding reads them (``ForestDecoder/init(model:precision:)``).
    public init(
        model: CausalLanguageModel, tokenizer: any Tokenizer, maximumConcurrentSequences: Int = 256,
        precision: WeightPrecision = .float32
    ) {
        self.init(
            tokenizer: tokenizer, maximumConcurrentSequences: maximumConcurrentSequences,
            maximumPositions: model.configuration.maximumPositions
        ) { try ForestDecoder(model: model, precision: precision) }
    }

    package init(
        tokenizer: any Tokenizer, maximumConcurrentSequences: Int, maximumPositions: Int,
        makeDecoder: @escaping () throws -> any TokenDecoder
    ) {
        precondition(maximumConcurrentSequences >= 1, "at least one sequence is decoded at a time")
        self.tokenizer = tokenizer
        self.maximumConcurrentSequences = maximumConcurrentSequences
        self.maximumPositions = maximumPositions
        self.makeDecoder = makeDecoder
    }

    /// Continues prompt segments.
    ///
    /// - Parameters:
    ///   - prompts: a request's prompt is the path from a root to its parent segment.
    ///   - requests: one completion each; the answer keeps their order.
    ///   - shouldStop: asked before each step. Once true, running completions end as they are and waiting ones empty,
    ///     all as ``FinishReason/cancelled``.
    ///   - progress: told after each step how many requests are finished and how many tokens have been drawn.
    ///   - finished: told of each completion that has ended, by its request, while others grow on.
    /// - Throws: ``GenerationError`` for parameters out of range, a prompt that is empty or too long, or a broken model.
    public func generate(
        prompts: TokenForest, requests: [GenerationRequest], sampling: SamplingParameters,
        shouldStop: () -> Bool = { false }, progress: ((_ finished: Int, _ tokens: Int) -> Void)? = nil,
        finished: ((_ request: Int, _ completion: Completion) -> Void)? = nil
    ) throws -> [Completion] {
        try sampling.validate()
        for (index, request) in requests.enumerated() {
            precondition(prompts.segments.indices.contains(request.parent), "request \(index) has no such parent")
            let length = promptLength(request, in: prompts)
            guard length > 0 else { throw GenerationError.emptyPrompt(request: index) }
            guard length < maximumPositions else {
                throw GenerationError.promptTooLong(
                    request: index, tokens: length, maximumPositions: maximumPositions)
            }
        }
        guard !requests.isEmpty else { return [] }

        let decoder = try makeDecoder()
        var batch = DecodingBatch(prompts: prompts, requests: requests, sampling: sampling, decoder: decoder)
        let stopSequences = sampling.stopSequences.map { Array($0.utf8) }
        while !batch.isFinished && !shouldStop() {
            // Again where an admitted one ended with its first token.
            while batch.runningCount < maximumConcurrentSequences && batch.waitingCount > 0 {
                try batch.admit(maximumConcurrentSequences - batch.runningCount) { request in
                    let room = maximumPositions - promptLength(request, in: prompts)
                    return CompletionBuilder(
                        stopTokens: request.stopTokens, stopSequences: stopSequences,
                        maximumTokens: min(sampling.maximumTokens, room), tokenizer: tokenizer)
                }
            }
            try batch.step()
            progress?(batch.finishedCount, batch.tokenCount)
            let ended = batch.takeFinished()
            if let finished { for (request, completion) in ended { finished(request, completion) } }
        }
        return batch.completions()
    }

    private func promptLength(_ request: GenerationRequest, in prompts: TokenForest) -> Int {
        let segment = prompts.segments[request.parent]
        return segment.firstPosition + segment.tokens.count
    }
}
