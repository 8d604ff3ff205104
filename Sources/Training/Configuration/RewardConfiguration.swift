public import ServiceAPI
public import Transport

/// The reward servers and what is asked of them: the part of a configuration that may change while a run goes on.
public struct RewardConfiguration: Codable, Sendable, Equatable {
    /// The short form: one reward, from servers that stand in for each other.
    public var urls: [String]
    /// What `urls` are asked for, and each of `servers` that names no function of its own; without it, what goes with each thing that the run
    /// scores (``RewardUse/defaultFunction``).
    public var function: String?
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
    /// What the run scores. Its phases say so (``TrainerConfiguration/scoring``); no key of a file.
    public var uses: [RewardUse] = [.step]

    private enum CodingKeys: String, CodingKey {
        case urls, function, parameters, servers, tokenFile, tls, mirror, fingerprintChange, deadlineSeconds,
            maximumErrorShare
    }

    /// What a run does when a server answers with another fingerprint and nobody has changed the list.
    public enum FingerprintChange: String, Codable, Sendable, CaseIterable {
        /// It ends before the scores are used.
        case stop
        /// It says so and goes on.
        case `continue`
    }

    public init(
        urls: [String] = [], function: String? = nil, parameters: [String: JSONValue] = [:],
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
        function = try values.decodeIfPresent(String.self, forKey: .function)
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
                let use = server.scores?.first ?? uses.first ?? .step
                let function = server.function ?? function ?? use.defaultFunction
                return RewardSource(
                    name: server.name ?? function, weight: server.weight, urls: server.urls, function: function,
                    parameters: server.parameters ?? (server.function == nil ? parameters(of: use) : [:]),
                    place: "reward.servers[\(index)]", uses: server.scores,
                    credentials: credentials(server.tokenFile, server.tls))
            }
        }
        guard !urls.isEmpty else { return [] }
        func source(_ function: String, _ parameters: [String: JSONValue], uses: [RewardUse]?) -> RewardSource {
            RewardSource(
                name: function, weight: 1, urls: urls, function: function, parameters: parameters, place: "reward",
                uses: uses, credentials: credentials(nil, nil))
        }
        if let function { return [source(function, parameters, uses: nil)] }
        guard uses.count > 1 else {
            let use = uses.first ?? .step
            return [source(use.defaultFunction, parameters(of: use), uses: nil)]
        }
        return uses.map { use in
            source(use.defaultFunction, parameters(of: use), uses: [use])
        }
    }

    /// Of what is asked for where no function is named: those that are given, which belong to the first thing that the run scores.
    private func parameters(of use: RewardUse) -> [String: JSONValue] {
        if function != nil { return parameters }
        return use == uses.first && !parameters.isEmpty ? parameters : use.defaultParameters
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
            try require(!sources.isEmpty, "urls", "is empty: SRL, RLVR and held-out evaluation need a reward service")
        }
        for (index, server) in servers.enumerated() {
            try require(
                server.scores != [], "servers[\(index)].scores", "is empty: leave it out, or say what it scores")
            try require(
                uses.count < 2 || function != nil || server.function != nil || server.scores?.count == 1,
                "servers[\(index)].function",
                "is missing: the run scores \(uses.map { $0.rawValue + "s" }.joined(separator: " and ")); name a function, and with 'scores' what it is for"
            )
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
        if isNeeded {
            for use in uses {
                try require(
                    sources.contains { $0.serves(use) && $0.weight != 0 }, "servers",
                    "have none with a weight that scores \(use.rawValue)s, and a phase or the evaluation needs one: add it, with 'scores: [\(use.rawValue)]'"
                )
            }
        }
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
    /// What it scores; everything unless given.
    public var scores: [RewardUse]?
    /// In place of `reward`'s.
    public var tokenFile: String?
    public var tls: ClientTLSFiles?

    public init(
        name: String? = nil, weight: Double = 1, urls: [String], function: String? = nil,
        parameters: [String: JSONValue]? = nil, scores: [RewardUse]? = nil, tokenFile: String? = nil,
        tls: ClientTLSFiles? = nil
    ) {
        self.scores = scores
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
        scores = try values.decodeIfPresent([RewardUse].self, forKey: .scores)
    }
}
