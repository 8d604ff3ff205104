public import ServiceAPI
public import Transport

/// A candidate server that scores what a server of the list scores, so that a swap can be judged before it is made.
public struct RewardMirrorConfiguration: Codable, Sendable, Equatable {
    public var urls: [String]
    /// The name of the server that it is compared with; the only one unless given.
    public var server: String?
    /// That server's unless given.
    public var function: String?
    public var parameters: [String: JSONValue]?
    /// In place of that server's.
    public var tokenFile: String?
    public var tls: ClientTLSFiles?
    /// How long it may take for a batch.
    public var deadlineSeconds: Double

    public init(
        urls: [String], server: String? = nil, function: String? = nil, parameters: [String: JSONValue]? = nil,
        deadlineSeconds: Double = 30
    ) {
        self.urls = urls
        self.server = server
        self.function = function
        self.parameters = parameters
        self.deadlineSeconds = deadlineSeconds
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        urls = try values.decode([String].self, forKey: .urls)
        server = try values.decodeIfPresent(String.self, forKey: .server)
        tokenFile = try values.decodeIfPresent(String.self, forKey: .tokenFile)
        tls = try values.decodeIfPresent(ClientTLSFiles.self, forKey: .tls)
        function = try values.decodeIfPresent(String.self, forKey: .function)
        parameters = try values.decodeIfPresent([String: JSONValue].self, forKey: .parameters)
        deadlineSeconds = try values.decodeIfPresent(Double.self, forKey: .deadlineSeconds) ?? 30
    }

    /// What the candidate is asked.
    func source(insteadOf source: RewardSource) -> RewardSource {
        let credentials = ClientCredentials(
            tokenFile: tokenFile ?? source.credentials?.tokenFile, tls: tls ?? source.credentials?.tls)
        return RewardSource(
            name: source.name, weight: source.weight, urls: urls, function: function ?? source.function,
            parameters: parameters ?? (function == nil ? source.parameters : [:]), place: "reward.mirror",
            uses: source.uses, credentials: credentials.isEmpty ? nil : credentials)
    }
}
