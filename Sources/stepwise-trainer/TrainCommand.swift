import ArgumentParser
import Foundation
import Logging
import ServiceKit
import Training

/// `stepwise-trainer train`: trains as a configuration says, or continues a run.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model: SFT, SRL, or one after the other.",
        discussion: """
            The run directory holds config.yaml, metrics.jsonl (a line a step), rollouts/ and checkpoints/ (Hugging Face folders). A run \
            that was interrupted, by Ctrl-C or a power cut, continues with --resume; what it had logged is neither lost nor repeated.

            Every key of the configuration can be overridden by a variable: STEPWISE_TRAINER_SEED for seed,
            STEPWISE_TRAINER_DATA_TRAIN for data.train.

            Examples:
              stepwise-trainer train --config services/trainer/gsm8k-tiny.yaml
              stepwise-trainer train --config my.yaml --output runs/first --reward-url http://10.0.0.7:8080
              stepwise-trainer train --resume runs/first
            """)

    @Option(help: ArgumentHelp("A YAML configuration file.", valueName: "file"), completion: .file())
    var config: String?

    @Option(
        help: ArgumentHelp("Where the run is kept. (default: runs/<configuration>-<time>)", valueName: "folder"),
        completion: .directory)
    var output: String?

    @Option(help: ArgumentHelp("Continue this run from its last checkpoint.", valueName: "run"), completion: .directory)
    var resume: String?

    @Option(help: "A reward server, in place of the configuration's reward.urls; repeat it for several.")
    var rewardURL: [String] = []

    @Flag(help: "Print the configuration with its defaults and overrides as YAML, and end.")
    var printConfig = false

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard (config == nil) != (resume == nil) else {
            throw ValidationError("Give --config to begin a run, or --resume to continue one.")
        }
        if resume != nil, output != nil {
            throw ValidationError("--resume continues in the run's own directory; leave --output out.")
        }
    }

    func run() async throws {
        let logger = logging.start(label: "stepwise-trainer")
        let existing = try resume.map(RunDirectory.open)
        guard let path = config ?? existing?.configurationPath else { return }
        let watch = FileWatch(path)
        let load: @Sendable () throws -> TrainerConfiguration = { [rewardURL] in
            try Self.layers(path, rewardURL: rewardURL).value
        }
        let loaded = try Self.layers(path, rewardURL: rewardURL)
        let configuration = loaded.value
        if printConfig {
            print(try AnnotatedConfiguration.yaml(of: configuration, origins: loaded.origins), terminator: "")
            return loaded.warn()
        }
        loaded.warn(logger)
        try configuration.validate()

        let session = TrainingSession(
            configuration: configuration, logger: logger, file: .init(watch: watch, load: load))
        let place = output ?? Self.defaultOutput(for: path)
        try await withInterruption {
            if let existing { try await session.resume(existing) } else { _ = try await session.begin(at: place) }
        }
    }

    /// The file with what goes before it: variables, and the reward servers of the command line.
    private static func layers(
        _ path: String, rewardURL: [String]
    ) throws -> LoadedConfiguration<TrainerConfiguration> {
        var loaded = try StrictConfiguration.loadLayers(
            path, as: TrainerConfiguration.self, environment: EnvironmentOverrides(prefix: "STEPWISE_TRAINER"))
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
