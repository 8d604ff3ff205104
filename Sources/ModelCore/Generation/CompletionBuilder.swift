/// A completion that is being written: its tokens so far, its text, and whether something has ended it.
struct CompletionBuilder {
    private(set) var tokens: [TokenID] = []
    private(set) var finish: FinishReason?

    private var logProbabilities: [Float] = []
    private var text: [UInt8] = []
    private let stopTokens: Set<TokenID>
    private let stopSequences: [[UInt8]]
    private let maximumTokens: Int
    private let tokenizer: any Tokenizer

    init(stopTokens: Set<TokenID>, stopSequences: [[UInt8]], maximumTokens: Int, tokenizer: any Tokenizer) {
        self.stopTokens = stopTokens
        self.stopSequences = stopSequences
        self.maximumTokens = maximumTokens
        self.tokenizer = tokenizer
    }

    /// Adds a drawn token and decides whether the completion has ended.
    mutating func append(_ draw: Sampler.Draw) {
        tokens.append(draw.token)
        logProbabilities.append(draw.logProbability)
        if stopTokens.contains(draw.token) {
            finish = .stop
            return
        }
        let searched = text.count
        text += tokenizer.bytes(of: draw.token)
        if let start = stopSequenceStart(newFrom: searched) {
            text.removeSubrange(start...)
            finish = .stop
        } else if tokens.count >= maximumTokens {
            finish = .length
        }
    }

    /// The completion as it is; cancelled when nothing has ended it.
    func completion() -> Completion {
        Completion(
            tokens: tokens, logProbabilities: logProbabilities, text: String(decoding: text, as: UTF8.self),
            finish: finish ?? .cancelled)
    }

    /// Where the first stop sequence begins, when one ends within the bytes from `newFrom` on.
    private func stopSequenceStart(newFrom: Int) -> Int? {
        stopSequences.compactMap { sequence -> Int? in
            let earliest = max(0, newFrom - sequence.count + 1)
            guard text.count - earliest >= sequence.count else { return nil }
            return (earliest...(text.count - sequence.count)).first { text[$0...].starts(with: sequence) }
        }.min()
    }
}
