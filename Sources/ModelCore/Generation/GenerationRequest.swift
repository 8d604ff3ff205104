/// One completion to be made: a prompt to continue and the randomness to do it with.
public struct GenerationRequest: Sendable, Equatable {
    /// The segment of the prompt forest whose path is the prompt. Several requests may share one.
    public let parent: Int
    /// Seeds the completion's own generator: with the prompt, it determines every token.
    public let seed: UInt64
    /// Tokens that end the completion when drawn.
    public let stopTokens: Set<TokenID>

    public init(parent: Int, seed: UInt64, stopTokens: Set<TokenID>) {
        self.parent = parent
        self.seed = seed
        self.stopTokens = stopTokens
    }
}

/// Why a completion ended.
public enum FinishReason: String, Codable, Sendable {
    /// A stop token was drawn or a stop sequence appeared.
    case stop
    /// The maximum of tokens, or of the model's positions, was reached.
    case length
    /// The caller stopped the generation.
    case cancelled
}

/// What the model wrote after a prompt.
public struct Completion: Sendable, Equatable {
    /// Every token drawn, the stop token included when one ended it.
    public let tokens: [TokenID]
    /// Of each token under softmax(logits / temperature), before top-k, top-p and min-p (temperature 1 when greedy).
    public let logProbabilities: [Float]
    /// The decoded tokens without the stop token, cut before the stop sequence.
    public let text: String
    public let finish: FinishReason

    public init(tokens: [TokenID], logProbabilities: [Float], text: String, finish: FinishReason) {
        self.tokens = tokens
        self.logProbabilities = logProbabilities
        self.text = text
        self.finish = finish
    }
}
