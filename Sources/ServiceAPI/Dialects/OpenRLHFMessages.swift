/// `POST /get_reward`: what OpenRLHF sends to a remote reward model. Its three lists belong together item by item.
///
/// Schema: `proto-schemas/openrlhf-request.schema.json`. Keys that are not known are ignored: the client is not ours.
public struct OpenRLHFRequest: Codable, Sendable, Hashable {
    /// Prompt and response in one text, special tokens included.
    public var query: [String]
    /// The prompts, as they were before one that is too long lost its beginning.
    public var prompts: [String]
    public var labels: [ExpertLabel]

    package enum CodingKeys: String, CodingKey, CaseIterable { case query, prompts, labels }

    public init(query: [String], prompts: [String], labels: [ExpertLabel]) {
        self.query = query
        self.prompts = prompts
        self.labels = labels
    }
}

extension OpenRLHFRequest: ValidatedMessage {
    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        for (index, label) in labels.enumerated() {
            try label.validate(at: pointer.appending("labels").appending(index))
        }
    }
}

/// The answer to `POST /get_reward`, in the request's order.
///
/// Schema: `proto-schemas/openrlhf-response.schema.json`.
public struct OpenRLHFResponse: Codable, Sendable, Hashable {
    public var rewards: [Double]
    /// The rewards brought into 0...1, which is what OpenRLHF filters groups by.
    public var scores: [Double]
    /// The same keys in every answer with items: OpenRLHF joins them by key.
    public var extraLogs: [String: [Double]]

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case rewards, scores
        case extraLogs = "extra_logs"
    }

    public init(rewards: [Double], scores: [Double], extraLogs: [String: [Double]]) {
        self.rewards = rewards
        self.scores = scores
        self.extraLogs = extraLogs
    }
}
