public import ServiceAPI
public import Transport

/// The reward servers and what is asked of them: the part of a configuration that may change while a run goes on.
public struct RewardConfiguration: Codable, Sendable, Equatable {
    /// The short form: one reward, from servers that stand in for each other.
    public var urls: [String]
    /// What `urls` are asked for, and each of `servers` that names no function of its own.
    public var function: String
    public var parameters: [String: JSONValue]
    /// The long form: several rewards, added up by weight.
    public var servers: [RewardServer]
    /// A file with the bearer token for servers that ask for one, unless they have their own.
    public var tokenFile: String?
    /// Whom to believe behind `https://`, and what to show there.
    public var tls: ClientTLSFiles?
    /// A candidate that is asked as well, and not believed.
    public var mirror: RewardMirrorConfiguration?
    public var fingerprintChange: FingerprintChange
    /// How long a batch may take to be scored, all retries included: for so long a run outlives a service that is down.
    public var deadlineSeconds: Double
    /// A step with a larger share of items that could not be scored ends the run.
    public var maximumErrorShare: Double

    /// What a run does when a server answers with another fingerprint and nobody has changed the list.
    public enum FingerprintChange: String, Codable, Sendable, CaseIterable {
        /// It ends before the scores are used.
        case stop
        /// It says so and goes on.
        case `continue`
    }

    public init(
        urls: [String] = [], function: String = "srl.similarity", parameters: [String: JSONValue] = [:],
        servers: [RewardServer] = [], tokenFile: String? = nil, tls: ClientTLSFiles? = nil,
        mirror: RewardMirrorConfiguration? = nil,
        fingerprintChange: FingerprintChange = .stop, deadlineSeconds: Double = 600, maximumErrorShare: Double = 0.1
    ) {
        self.urls = urls
        self.function = function
        self.parameters = parameters
        self.servers = servers
        self.tokenFile = tokenFile
        self.tls = tls
        self.mirror = mirror
        self.fingerprintChange = fingerprintChange
        self.deadlineSeconds = deadlineSeconds
        self.maximumErrorShare = maximumErrorShare
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = RewardConfiguration()
        urls = try values.decodeIfPresent([String].self, forKey: .urls) ?? defaults.urls
        function = try values.decodeIfPresent(String.self, forKey: .function) ?? defaults.function
        parameters = try values.decodeIfPresent([String: JSONValue].self, forKey: .parameters) ?? defaults.parameters
        servers = try values.decodeIfPresent([RewardServer].self, forKey: .servers) ?? defaults.servers
        tokenFile = try values.decodeIfPresent(String.self, forKey: .tokenFile)
        tls = try values.decodeIfPresent(ClientTLSFiles.self, forKey: .tls)
        mirror = try values.decodeIfPresent(RewardMirrorConfiguration.self, forKey: .mirror)
        fingerprintChange =
            try values.decodeIfPresent(FingerprintChange.self, forKey: .fingerprintChange) ?? defaults.fingerprintChange
        deadlineSeconds = try values.decodeIfPresent(Double.self, forKey: .deadlineSeconds) ?? defaults.deadlineSeconds
        maximumErrorShare =
            try values.decodeIfPresent(Double.self, forKey: .maximumErrorShare) ?? defaults.maximumErrorShare
    }

    /// The rewards in either form, with all that is left out filled in.
    public var sources: [RewardSource] {
        guard servers.isEmpty else {
            return servers.enumerated().map { index, server in
                let function = server.function ?? function
                return RewardSource(
                    name: server.name ?? function, weight: server.weight, urls: server.urls, function: function,
                    parameters: server.parameters ?? (server.function == nil ? parameters : [:]),
                    place: "reward.servers[\(index)]",
                    credentials: credentials(server.tokenFile, server.tls))
            }
        }
        guard !urls.isEmpty else { return [] }
        return [
            RewardSource(
                name: function, weight: 1, urls: urls, function: function, parameters: parameters, place: "reward",
                credentials: credentials(nil, nil))
        ]
    }

    /// What is shown to a server: its own, and what it does not say as all have it.
    private func credentials(_ tokenFile: String?, _ tls: ClientTLSFiles?) -> ClientCredentials? {
        let credentials = ClientCredentials(tokenFile: tokenFile ?? self.tokenFile, tls: tls ?? self.tls)
        return credentials.isEmpty ? nil : credentials
    }

    /// The index of the source that the mirror is compared with; nil without a mirror, or when it names none that is there.
    var mirroredIndex: Int? {
        guard let mirror else { return nil }
        let sources = sources
        guard let name = mirror.server else { return sources.count == 1 ? 0 : nil }
        return sources.firstIndex { $0.name == name }
    }

    /// - Parameter isNeeded: something in the run is scored.
    /// - Throws: ``TrainingError`` naming the key whose value makes no sense.
    func validate(isNeeded: Bool) throws(TrainingError) {
        func require(_ condition: Bool, _ key: String, _ message: String) throws(TrainingError) {
            if !condition { throw TrainingError(.configuration, "'reward.\(key)' \(message)") }
        }
        func requireDeadline(_ seconds: Double, _ key: String) throws(TrainingError) {
            // More has no room in the nanoseconds of a clock.
            try require(
                seconds > 0 && seconds <= 1e9, key, "is \(seconds), and must be above 0 and at most 1000000000 (1e9)")
        }
        try require(
            urls.isEmpty || servers.isEmpty, "urls",
            "and 'reward.servers' are both there: move the URLs to a server of their own, or leave 'servers' out")
        let sources = sources
        if isNeeded {
            try require(!sources.isEmpty, "urls", "is empty: SRL and held-out evaluation need a reward service")
        }
        for (index, source) in sources.enumerated() {
            let isItsOwn = servers.indices.contains(index) && servers[index].function != nil
            try require(!source.function.isEmpty, isItsOwn ? "servers[\(index)].function" : "function", "is empty")
            try require(!source.urls.isEmpty, "servers[\(index)].urls", "is empty")
            try require(!source.name.isEmpty, "servers[\(index)].name", "is empty")
            try require(
                source.weight.isFinite && source.weight.magnitude <= 1000, "servers[\(index)].weight",
                "is \(source.weight), and must be -1000 to 1000")
            try require(
                !sources[..<index].contains { $0.name == source.name }, "servers[\(index)].name",
                "is '\(source.name)', as another's; give each a name of its own")
        }
        try require(
            sources.isEmpty || sources.contains { $0.weight != 0 }, "servers",
            "have all the weight 0: nothing is rewarded")
        if let mirror {
            try require(!mirror.urls.isEmpty, "mirror.urls", "is empty")
            let names = sources.map(\.name).joined(separator: ", ")
            try require(
                mirroredIndex != nil, "mirror.server",
                mirror.server.map { "is '\($0)', and the servers are \(names)" }
                    ?? "is missing: with several servers it says with which one the mirror is compared; they are \(names)"
            )
            try requireDeadline(mirror.deadlineSeconds, "mirror.deadlineSeconds")
        }
        try requireDeadline(deadlineSeconds, "deadlineSeconds")
        try require(
            (0...1).contains(maximumErrorShare), "maximumErrorShare", "is \(maximumErrorShare), and must be 0 to 1")
    }
}

/// One reward of several.
public struct RewardServer: Codable, Sendable, Equatable {
    /// What metrics and messages call it; the function's name unless given.
    public var name: String?
    /// What its reward is multiplied by before all are added up. 0 measures without rewarding.
    public var weight: Double
    /// Replicas, which stand in for each other.
    public var urls: [String]
    public var function: String?
    public var parameters: [String: JSONValue]?
    /// In place of `reward`'s.
    public var tokenFile: String?
    public var tls: ClientTLSFiles?

    public init(
        name: String? = nil, weight: Double = 1, urls: [String], function: String? = nil,
        parameters: [String: JSONValue]? = nil, tokenFile: String? = nil, tls: ClientTLSFiles? = nil
    ) {
        self.name = name
        self.weight = weight
        self.urls = urls
        self.function = function
        self.parameters = parameters
        self.tokenFile = tokenFile
        self.tls = tls
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(String.self, forKey: .name)
        weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? 1
        urls = try values.decode([String].self, forKey: .urls)
        tokenFile = try values.decodeIfPresent(String.self, forKey: .tokenFile)
        tls = try values.decodeIfPresent(ClientTLSFiles.self, forKey: .tls)
        function = try values.decodeIfPresent(String.self, forKey: .function)
        parameters = try values.decodeIfPresent([String: JSONValue].self, forKey: .parameters)
    }
}

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
            credentials: credentials.isEmpty ? nil : credentials)
    }
}

/// A reward with all that is asked for: replicas of one server, a function, parameters, and what its number counts for.
public struct RewardSource: Codable, Sendable, Equatable {
    public var name: String
    public var weight: Double
    public var urls: [String]
    public var function: String
    public var parameters: [String: JSONValue]
    /// Where the configuration has it, for messages.
    public var place: String
    /// What is shown to its servers.
    public var credentials: ClientCredentials?

    public init(
        name: String, weight: Double, urls: [String], function: String, parameters: [String: JSONValue], place: String,
        credentials: ClientCredentials? = nil
    ) {
        self.name = name
        self.weight = weight
        self.urls = urls
        self.function = function
        self.parameters = parameters
        self.place = place
        self.credentials = credentials
    }

    /// A request of groups for this source.
    func request(_ groups: [ScoreGroup]) -> ScoreRequest {
        ScoreRequest(function: function, parameters: parameters.isEmpty ? nil : parameters, groups: groups)
    }
}
