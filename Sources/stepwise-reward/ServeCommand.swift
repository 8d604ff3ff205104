import ArgumentParser
import Logging
import Reward
import ServiceAPI
import ServiceKit
import Transport

/// `stepwise-reward serve`: scores over HTTP/2 (and HTTP/1.1) until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer POST /v1/score and GET /v1/rewards, and OpenRLHF, slime and NeMo Gym in their own protocols.",
        discussion: """
            GET / is a page on which a person compares an action with an expert step.
            SIGTERM and Ctrl-C finish what is under way and end. Bodies may be compressed: content-encoding: zstd.
            Every key of the configuration has a variable: STEPWISE_REWARD_SERVER_PORT is server.port.

            Examples:
              stepwise-reward serve
              stepwise-reward serve --config services/reward/reward.yaml --port 9000
              stepwise-reward serve --port 0 --ready-file ready.json
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        var loaded = try server.loadLayers(
            as: RewardSettings.self, environmentPrefix: RewardSettings.environmentPrefix, server: \.server)
        logging.apply(to: &loaded, \.logging)
        let settings = loaded.value
        if server.printConfig { return try server.print(loaded, server: \.server, defaultPort: 8080) }
        let limits = try settings.scoringLimits()
        let configuration = try server.serverConfiguration(settings.server, defaultPort: 8080)
        let logger = logging.start(label: "stepwise-reward", settings: settings.logging)
        loaded.warn(logger)
        let registry = PrometheusRegistry()
        let scorer = GroupScorer(
            functions: try RewardResources(settings).registry, limits: limits,
            maximumItems: settings.limits.maximumItems, metrics: RewardMetrics(registry: registry))
        var router = Router()
        RewardRoutes(scorer: scorer).add(to: &router)
        PageRoutes().add(to: &router)
        try DialectRoutes(settings.dialects, scorer: scorer).add(to: &router)
        let runner = ServiceRunner(
            configuration: configuration, readyFile: server.readyFile, registry: registry, logger: logger)
        try await runner.run(router)
    }
}

/// What `--config` holds.
struct RewardSettings: Codable, Sendable {
    /// Before variables' names.
    static let environmentPrefix = "STEPWISE_REWARD"

    var server = ServerSettings()
    var logging = LoggingSettings()
    var limits = Limits()
    /// For `granularity: token`: checkpoint folders or GGUF files, by the names that requests use.
    var tokenizers: [String: String] = [:]
    /// For the function `external`.
    var programs: [String: ProgramSettings] = [:]
    /// How requests of other trainers are scored.
    var dialects = DialectSettings()

    /// What one request may ask.
    struct Limits: Codable, Sendable {
        /// Code points of an action or an expert step; a longer one is an item error.
        var maximumTextLength = ScoringLimits().maximumTextLength
        /// Items of one request; more are refused.
        var maximumItems = 16_384

        init() {}

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            let defaults = Limits()
            maximumTextLength =
                try values.decodeIfPresent(Int.self, forKey: .maximumTextLength) ?? defaults.maximumTextLength
            maximumItems = try values.decodeIfPresent(Int.self, forKey: .maximumItems) ?? defaults.maximumItems
        }
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        server = try values.decodeIfPresent(ServerSettings.self, forKey: .server) ?? ServerSettings()
        logging = try values.decodeIfPresent(LoggingSettings.self, forKey: .logging) ?? LoggingSettings()
        limits = try values.decodeIfPresent(Limits.self, forKey: .limits) ?? Limits()
        tokenizers = try values.decodeIfPresent([String: String].self, forKey: .tokenizers) ?? [:]
        programs = try values.decodeIfPresent([String: ProgramSettings].self, forKey: .programs) ?? [:]
        dialects = try values.decodeIfPresent(DialectSettings.self, forKey: .dialects) ?? DialectSettings()
    }

    /// - Throws: `CommandFailure` naming a limit that makes no sense.
    func scoringLimits() throws(CommandFailure) -> ScoringLimits {
        for (key, value) in [("maximumTextLength", limits.maximumTextLength), ("maximumItems", limits.maximumItems)]
        where value < 1 {
            throw CommandFailure(
                "'limits.\(key)' must be greater than 0, and is \(value)", exitStatus: .configuration)
        }
        return ScoringLimits(maximumTextLength: limits.maximumTextLength)
    }
}
