import ServiceAPI

/// A message that goes over the wire: its schema's name and its Swift type.
struct WireMessage: Sendable, CustomStringConvertible {
    let name: String
    /// Decoded as a service decodes it (a request, with its checks) or as a client does (an answer), and encoded again.
    let roundTrip: @Sendable ([UInt8]) throws(ProblemDetails) -> [UInt8]
    /// Whether it is a request: refused for any key, null included, that the schema does not allow. A client takes more than the schema says.
    let isRequest: Bool
    /// The coding keys of the type and of the types that only it has, by their place in the schema document.
    let keys: [String: [String]]

    var description: String { name }
    var schema: String { name + ".schema.json" }

    static let all: [WireMessage] = [
        request("score-request", ScoreRequest.self, [:], ScoreRequest.CodingKeys.self),
        request("score-group", ScoreGroup.self, [:], ScoreGroup.CodingKeys.self),
        answer("score-response", ScoreResponse.self, [:], ScoreResponse.CodingKeys.self),
        answer(
            "scored-group", ScoredGroup.self,
            [
                "#/$defs/itemScore": names(ItemScore.CodingKeys.self),
                "#/$defs/itemError": names(ItemError.CodingKeys.self),
            ],
            ScoredGroup.CodingKeys.self),
        answer(
            "reward-listing", RewardListing.self,
            ["#/$defs/rewardDescription": names(RewardDescription.CodingKeys.self)], RewardListing.CodingKeys.self),
        request(
            "evaluation-request", EvaluationRequest.self,
            ["#/$defs/sampling": names(EvaluationSampling.CodingKeys.self)], EvaluationRequest.CodingKeys.self),
        answer("evaluation-status", EvaluationStatus.self, [:], EvaluationStatus.CodingKeys.self),
        answer("evaluation-list", EvaluationList.self, [:], EvaluationList.CodingKeys.self),
        answer(
            "evaluation-result", EvaluationResult.self, ["#/$defs/estimate": names(Estimate.CodingKeys.self)],
            EvaluationResult.CodingKeys.self),
        answer("problem-details", ProblemDetails.self, [:], ProblemDetails.CodingKeys.self),
    ]

    private static func request<Message: ValidatedMessage & SendableMetatype, Keys: CodingKey & CaseIterable>(
        _ name: String, _ type: Message.Type, _ inner: [String: [String]], _ keys: Keys.Type
    ) -> WireMessage {
        WireMessage(
            name: name,
            roundTrip: { bytes throws(ProblemDetails) in
                try ServiceJSON.encode(try ServiceJSON.decodeRequest(Message.self, from: bytes))
            },
            isRequest: true, keys: inner.merging(["#": names(keys)]) { one, _ in one })
    }

    private static func answer<Message: Codable & SendableMetatype, Keys: CodingKey & CaseIterable>(
        _ name: String, _ type: Message.Type, _ inner: [String: [String]], _ keys: Keys.Type
    ) -> WireMessage {
        WireMessage(
            name: name,
            roundTrip: { bytes throws(ProblemDetails) in
                try ServiceJSON.encode(try ServiceJSON.decode(Message.self, from: bytes))
            },
            isRequest: false, keys: inner.merging(["#": names(keys)]) { one, _ in one })
    }

    private static func names<Keys: CodingKey & CaseIterable>(_ keys: Keys.Type) -> [String] {
        keys.allCases.map(\.stringValue).sorted()
    }

    /// - Returns: the message encoded again, or the problem with it.
    func decode(_ value: JSONValue) throws -> Result<JSONValue, ProblemDetails> {
        let bytes = try ServiceJSON.encode(value)
        let encoded: [UInt8]
        do throws(ProblemDetails) { encoded = try roundTrip(bytes) } catch { return .failure(error) }
        return .success(try ServiceJSON.decode(JSONValue.self, from: encoded))
    }
}
