import ArgumentParser
import Foundation
import Logging
import ServiceKit
import Training
import Transport

/// `stepwise-trainer train`: trains as a configuration says, or continues a run.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model: SFT, SRL, RLVR, or one after the other.",
        discussion: """
            The run directory holds config.yaml, metrics.jsonl (a line a step), report.html, tensorboard/, rollouts/ and checkpoints/ \
            (Hugging Face folders). A run \
            that was interrupted, by Ctrl-C or a power cut, continues with --resume; what it had logged is neither lost nor repeated.

            Every key of the configuration can be overridden by a variable: STEPWISE_TRAINER_SEED for seed,
            STEPWISE_TRAINER_DATA_TRAIN for data.train.

            Examples:
              stepwise-trainer train --config services/trainer/gsm8k-tiny.yaml
              stepwise-trainer train --config my.yaml --output runs/first --reward-url http://10.0.0.7:8080
              stepwise-trainer train --resume runs/first --dashboard 8090
            """)

    @Option(help: ArgumentHelp("A YAML configuration file.", valueName: "file"), completion: .file())
    var config: String?

    @Option(
        help: ArgumentHelp("Where the run is kept. (default: runs/<configuration>-<time>)", valueName: "folder"),
        completion: .directory)
    var output: String?

    @Option(help: ArgumentHelp("Continue this run from its last checkpoint.", valueName: "run"), completion: .directory)
    var resume: String?

    @Flag(help: "Remove the run that --output holds already, once the new one is known to be able to begin.")
    var overwrite = false

    @Option(help: "A reward server, in place of the configuration's reward.urls; repeat it for several.")
    var rewardURL: [String] = []

    @Option(
        help: ArgumentHelp(
            "Show the run at http://127.0.0.1:<port> while it trains; 0 lets the system choose a port.",
            valueName: "port"))
    var dashboard: Int?

    @Flag(help: "Print the configuration with its defaults and overrides as YAML, and end.")
    var printConfig = false

    @OptionGroup var security: ClientSecurityOptions
    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard (config == nil) != (resume == nil) else {
            throw ValidationError("Give --config to begin a run, or --resume to continue one.")
        }
        if resume != nil, output != nil {
            throw ValidationError("--resume continues in the run's own directory; leave --output out.")
        }
        if overwrite, output == nil {
            throw ValidationError("--overwrite is for the run that --output names; give --output too.")
        }
        if let dashboard, !(0...65535).contains(dashboard) {
            throw ValidationError("--dashboard \(dashboard) is not a port: 0 to 65535, and 0 for any free one")
        }
    }

    func run() async throws {
        let logger = logging.start(label: "stepwise-trainer")
        let existing = try resume.map(RunDirectory.open)
        guard let path = config ?? existing?.configurationPath else { return }
        let watch = FileWatch(path)
        let load: @Sendable () throws -> TrainerConfiguration = { [rewardURL, credentials = security.credentials] in
            try Self.layers(path, rewardURL: rewardURL, credentials: credentials).value
        }
        let loaded = try Self.layers(path, rewardURL: rewardURL, credentials: security.credentials)
        let configuration = loaded.value
        if printConfig {
            print(try AnnotatedConfiguration.yaml(of: configuration, origins: loaded.origins), terminator: "")
            return loaded.warn()
        }
        loaded.warn(logger)
        try configuration.validate()

        let session = TrainingSession(
            configuration: configuration, logger: logger, file: .init(watch: watch, load: load),
            dashboardPort: dashboard)
        let place = output ?? Self.defaultOutput(for: path)
        try await withInterruption { [overwrite] in
            if let existing {
                try await session.resume(existing)
            } else {
                _ = try await session.begin(at: place, overwriting: overwrite)
            }
        }
    }

    /// The file with what goes before it: variables, and the reward servers of the command line.
    private static func layers(
        _ path: String, rewardURL: [String], credentials: ClientCredentials
    ) throws -> LoadedConfiguration<TrainerConfiguration> {
        var loaded = try StrictConfiguration.loadLayers(
            path, as: TrainerConfiguration.self, environment: EnvironmentOverrides(prefix: "STEPWISE_TRAINER"))
        if let file = credentials.tokenFile {
            loaded.override(\.reward.tokenFile, with: file, key: "reward.tokenFile", flag: "--token-file")
        }
        if let files = credentials.tls {
            loaded.override(\.reward.tls, with: files, key: "reward.tls", flag: "--ca-file and --certificate-file")
        }
        guard !rewardURL.isEmpty else { return loaded }
        guard loaded.value.reward.servers.isEmpty else {
            throw CommandFailure(
                "--reward-url takes the place of 'reward.urls', and \(path) has 'reward.servers': change the URLs there",
                exitStatus: .usage)
        }
        loaded.override(\.reward.urls, with: rewardURL, key: "reward.urls", flag: "--reward-url")
        return loaded
    }

    private static func defaultOutput(for configuration: String) -> String {
        let name = URL(filePath: configuration).deletingPathExtension().lastPathComponent
        let time = Date.now.formatted(
            Date.VerbatimFormatStyle(
                format: """
                    \(year: .defaultDigits)\(month: .twoDigits)\(day: .twoDigits)-\
                    \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))\(minute: .twoDigits)\(second: .twoDigits)
                    """, timeZone: .current, calendar: .init(identifier: .gregorian)))
        return "runs/\(name)-\(time)"
    }
}
