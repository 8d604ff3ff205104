import ServiceAPI

/// A message that goes over the wire: its schema's name and its Swift type.
struct WireMessage: Sendable, CustomStringConvertible {
    let name: String
    /// Decoded as a service decodes it (a request, with its checks) or as a client does (an answer), and encoded again.
    let roundTrip: @Sendable ([UInt8]) throws(ProblemDetails) -> [UInt8]
    /// Whether it is a request: refused for any key, null included, that the schema does not allow. A client takes more than the schema says.
    let isRequest: Bool
    /// Whether unknown keys are refused.
    let isClosed: Bool
    /// The coding keys of the type and of the types that only it has, by their place in the schema document.
    let keys: [String: [String]]

    var description: String { name }
    var schema: String { name + ".schema.json" }

    static let all: [WireMessage] = own + dialects

    private static let own: [WireMessage] = [
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
        request("explain-request", ExplainRequest.self, [:], ExplainRequest.CodingKeys.self),
        answer(
            "explain-response", ExplainResponse.self,
            [
                "#/$defs/sequenceComparison": names(SequenceComparison.CodingKeys.self),
                "#/$defs/matchingBlock": names(MatchingBlock.CodingKeys.self),
                "#/$defs/comparedText": names(ComparedText.CodingKeys.self),
                "#/$defs/textSegment": names(TextSegment.CodingKeys.self),
            ],
            ExplainResponse.CodingKeys.self),
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

    /// Those of other trainers' protocols.
    private static let dialects: [WireMessage] = [
        WireMessage(
            name: "expert-label", roundTrip: decodedAndEncoded(request: ExpertLabel.self), isRequest: true,
            isClosed: true, keys: ["#/$defs/fields": names(ExpertLabel.Fields.CodingKeys.self)]),
        foreignRequest("openrlhf-request", OpenRLHFRequest.self, [:], OpenRLHFRequest.CodingKeys.self),
        answer("openrlhf-response", OpenRLHFResponse.self, [:], OpenRLHFResponse.CodingKeys.self),
        foreignRequest("slime-request", SlimeRequest.self, [:], SlimeRequest.CodingKeys.self),
        WireMessage(
            name: "slime-response", roundTrip: decodedAndEncoded(answer: SlimeResponse.self), isRequest: false,
            isClosed: false, keys: ["#": [SlimeResponse.rewardKey]]),
        foreignRequest(
            "gym-verify-request", GymVerifyRequest.self,
            [
                "#/$defs/response": names(GymResponse.CodingKeys.self),
                "#/$defs/outputItem": names(GymOutputItem.CodingKeys.self),
                "#/$defs/message": names(GymOutputItem.CodingKeys.self).filter { $0 != "type" },
                "#/$defs/part": names(GymContentPart.CodingKeys.self),
            ],
            GymVerifyRequest.CodingKeys.self, isSentBack: true),
        WireMessage(
            name: "gym-verify-response",
            roundTrip: { bytes throws(ProblemDetails) in
                _ = try ServiceJSON.decode(GymVerifyResponse.self, from: bytes)
                return bytes
            },
            isRequest: false, isClosed: false,
            keys: [
                "#": (names(GymVerifyResponse.CodingKeys.self) + ["response", "responses_create_params"]).sorted()
            ]),
        foreignRequest("gym-aggregate-request", GymAggregateRequest.self, [:], GymAggregateRequest.CodingKeys.self),
        answer("gym-aggregate-response", GymAggregateResponse.self, [:], GymAggregateResponse.CodingKeys.self),
    ]

    /// - Parameter isSentBack: whether the service reads some fields only, and answers with all of the message.
    private static func foreignRequest<
        Message: ValidatedMessage & SendableMetatype, Keys: CodingKey & CaseIterable
    >(
        _ name: String, _ type: Message.Type, _ inner: [String: [String]], _ keys: Keys.Type, isSentBack: Bool = false
    ) -> WireMessage {
        let roundTrip = decodedAndEncoded(request: type)
        return WireMessage(
            name: name,
            roundTrip: { bytes throws(ProblemDetails) in
                let encoded = try roundTrip(bytes)
                return isSentBack ? bytes : encoded
            },
            isRequest: true, isClosed: false, keys: inner.merging(["#": names(keys)]) { one, _ in one })
    }

    private static func decodedAndEncoded<Message: ValidatedMessage & SendableMetatype>(
        request type: Message.Type
    ) -> @Sendable ([UInt8]) throws(ProblemDetails) -> [UInt8] {
        { bytes throws(ProblemDetails) in
            try ServiceJSON.encode(try ServiceJSON.decodeRequest(Message.self, from: bytes))
        }
    }

    private static func decodedAndEncoded<Message: Codable & SendableMetatype>(
        answer type: Message.Type
    ) -> @Sendable ([UInt8]) throws(ProblemDetails) -> [UInt8] {
        { bytes throws(ProblemDetails) in
            try ServiceJSON.encode(try ServiceJSON.decode(Message.self, from: bytes))
        }
    }

    private static func request<Message: ValidatedMessage & SendableMetatype, Keys: CodingKey & CaseIterable>(
        _ name: String, _ type: Message.Type, _ inner: [String: [String]], _ keys: Keys.Type
    ) -> WireMessage {
        WireMessage(
            name: name, roundTrip: decodedAndEncoded(request: type), isRequest: true, isClosed: true,
            keys: inner.merging(["#": names(keys)]) { one, _ in one })
    }

    private static func answer<Message: Codable & SendableMetatype, Keys: CodingKey & CaseIterable>(
        _ name: String, _ type: Message.Type, _ inner: [String: [String]], _ keys: Keys.Type
    ) -> WireMessage {
        WireMessage(
            name: name, roundTrip: decodedAndEncoded(answer: type), isRequest: false, isClosed: false,
            keys: inner.merging(["#": names(keys)]) { one, _ in one })
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
