import ArgumentParser
import Evaluation
import Foundation
import Logging
import ServiceKit
import ServiceLifecycle

/// `stepwise-evaluator serve`: takes evaluations over HTTP/2 until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer POST /v1/evaluations and what follows from it.",
        discussion: """
            A request names a checkpoint below --checkpoint-root and a benchmark below --benchmark-root; nothing else is read.
            SIGTERM and Ctrl-C cancel the evaluation under way and end.

            Examples:
              stepwise-evaluator serve --checkpoint-root runs --benchmark-root data --results evaluations
              stepwise-evaluator serve --config services/evaluator/evaluator.yaml --port 9001
            """)

    @OptionGroup var server: ServerOptions

    @Option(help: "Where checkpoints are. (default: the configuration's)", completion: .directory)
    var checkpointRoot: String?

    @Option(help: "Where benchmarks are. (default: the configuration's)", completion: .directory)
    var benchmarkRoot: String?

    @Option(help: "Where results are kept. (default: the configuration's)", completion: .directory)
    var results: String?

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        var loaded = try server.loadLayers(
            as: EvaluatorSettings.self, environmentPrefix: "STEPWISE_EVALUATOR", server: \.server)
        logging.apply(to: &loaded, \.logging)
        loaded.override(\.checkpointRoot, with: checkpointRoot, key: "checkpointRoot", flag: "--checkpoint-root")
        loaded.override(\.benchmarkRoot, with: benchmarkRoot, key: "benchmarkRoot", flag: "--benchmark-root")
        loaded.override(\.results, with: results, key: "results", flag: "--results")
        let settings = loaded.value
        if server.printConfig { return try server.print(loaded, server: \.server, defaultPort: 8081) }
        let configuration = try server.serverConfiguration(settings.server, defaultPort: 8081)
        for (option, path) in [
            ("--checkpoint-root", settings.checkpointRoot), ("--benchmark-root", settings.benchmarkRoot),
        ] {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                throw CommandFailure("\(option) \(path): there is no such folder", exitStatus: .missingInput)
            }
        }
        let logger = logging.start(label: "stepwise-evaluator", settings: settings.logging)
        loaded.warn(logger)
        let jobs = EvaluationJobs(
            checkpointRoot: settings.checkpointRoot, benchmarkRoot: settings.benchmarkRoot, results: settings.results)
        let runner = ServiceRunner(configuration: configuration, readyFile: server.readyFile, logger: logger)
        try await runner.run(EvaluationRoutes(jobs: jobs).router, services: [JobService(jobs: jobs)])
    }
}

/// What `--config` holds.
struct EvaluatorSettings: Codable, Sendable {
    var server = ServerSettings()
    var logging = LoggingSettings()
    var checkpointRoot = "."
    var benchmarkRoot = "."
    var results = "evaluations"

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        server = try values.decodeIfPresent(ServerSettings.self, forKey: .server) ?? ServerSettings()
        logging = try values.decodeIfPresent(LoggingSettings.self, forKey: .logging) ?? LoggingSettings()
        checkpointRoot = try values.decodeIfPresent(String.self, forKey: .checkpointRoot) ?? "."
        benchmarkRoot = try values.decodeIfPresent(String.self, forKey: .benchmarkRoot) ?? "."
        results = try values.decodeIfPresent(String.self, forKey: .results) ?? "evaluations"
    }
}

/// The queue's worker, ended with the server.
private struct JobService: Service, CustomStringConvertible {
    let jobs: EvaluationJobs
    var description: String { "evaluations" }

    func run() async throws {
        await cancelWhenGracefulShutdown { await jobs.run() }
    }
}
