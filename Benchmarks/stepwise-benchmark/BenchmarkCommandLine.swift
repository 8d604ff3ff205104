import ArgumentParser
import ModelCore
import ServiceKit
import Trajectory

/// The command line of `stepwise-benchmark`: what is measured, beside what it is measured against.
@main
struct BenchmarkCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stepwise-benchmark",
        abstract: "Measure Stepwise beside its peers.",
        discussion: """
            Whatever is compared takes turns within one command, and the medians are shown: the machine's load then weighs on both
            sides. Run it from the root of a checkout. Data beside the checkout (../shared) is used when it is there.

            Examples:
              stepwise-benchmark all
              stepwise-benchmark similarity --repeats 3
              stepwise-benchmark forest --trajectories 8 --group-size 8
            """,
        subcommands: [
            SimilarityCommand.self, ScoringCommand.self, TokenizerCommand.self, ForestCommand.self, ModelCommand.self,
            KernelsCommand.self, GrowthCommand.self, PeersCommand.self, RandomCheckpointCommand.self,
            SoakClientCommand.self,
            AllCommand.self,
        ])

    static func main() async { await runReportingErrors() }
}

/// What every benchmark can be told.
struct CommonOptions: ParsableArguments {
    @Option(help: "How often each measurement is taken; the median is shown.")
    var repeats = 5

    func validate() throws {
        if repeats < 1 { throw ValidationError("--repeats is \(repeats) and must be 1 or more.") }
    }
}

/// `stepwise-benchmark all`: every benchmark with its default settings.
struct AllCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all", abstract: "Run every benchmark with its default settings.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let repeats = ["--repeats", String(common.repeats)]
        try KernelsCommand.parse(repeats).run()
        try ModelCommand.parse(repeats).run()
        try ForestCommand.parse(repeats).run()
        try SimilarityCommand.parse(repeats).run()
        try TokenizerCommand.parse(repeats).run()
    }
}

extension TokenizerError: UserFacingError {
    public var exitStatus: ExitStatus { .invalidData }
}

extension TrajectoryError: UserFacingError {
    public var exitStatus: ExitStatus { .invalidData }
}
