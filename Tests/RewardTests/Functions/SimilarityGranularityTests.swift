import Reward
import ServiceAPI
import Testing

/// Comparing by the tokens of a tokenizer that the service names.
@Suite struct SimilarityGranularityTests {
    /// Pairs of bytes are its tokens.
    private static let environment = RewardEnvironment(tokenizers: [
        "pairs": NamedTokenizer(
            identity: "pairs-1",
            bytes: { $0 > 255 ? [UInt8($0 / 256), UInt8($0 % 256)] : [UInt8($0)] }
        ) { text in
            let bytes = Array(text.utf8)
            return stride(from: 0, to: bytes.count, by: 2).map { start in
                bytes[start..<min(start + 2, bytes.count)].reduce(0) { $0 * 256 + Int32($1) }
            }
        }
    ])

    private func reward(_ action: String, _ expert: String, _ parameters: [String: JSONValue]) throws -> Double? {
        try SimilarityReward(parameters: parameters, environment: Self.environment)
            .score(ScoreGroup(id: "g", expert: expert, actions: [action])).scores[0].reward
    }

    @Test func tokensAreTheElements() throws {
        let parameters: [String: JSONValue] = ["granularity": "token", "tokenizer": "pairs"]
        // 2 of 3 and 3 tokens; as characters it would be 4 of 6 and 6.
        #expect(try reward("aabbcc", "aabbdd", parameters) == 2.0 * 2 / 6)
        // Not one token is the same, though all but one characters are.
        #expect(try reward("xabab", "abab", parameters) == 0)
        #expect(try reward("", "ab", parameters) == -1)
    }

    @Test(
        arguments: [
            (
                ["granularity": "token"], "/parameters/tokenizer",
                "is needed for the granularity token; this server has pairs"
            ),
            (
                ["granularity": "token", "tokenizer": "x"], "/parameters/tokenizer",
                "there is no tokenizer 'x'; this server has pairs"
            ),
            (["tokenizer": "pairs"], "/parameters/tokenizer", "is for the granularity token only"),
        ] as [([String: JSONValue], String, String)])
    func namesTheParameterAtFault(parameters: [String: JSONValue], pointer: String, message: String) {
        let error = #expect(throws: ProblemDetails.self) {
            try SimilarityReward(parameters: parameters, environment: Self.environment)
        }
        #expect(error?.pointer == pointer && error?.detail == message)
    }

    @Test func theTokenizerIsInTheFingerprint() throws {
        let parameters: [String: JSONValue] = ["granularity": "token", "tokenizer": "pairs"]
        var other = Self.environment
        other.tokenizers["pairs"]?.identity = "pairs-2"
        #expect(
            try SimilarityReward(parameters: parameters, environment: Self.environment).fingerprint
                != SimilarityReward(parameters: parameters, environment: other).fingerprint)
    }
}
