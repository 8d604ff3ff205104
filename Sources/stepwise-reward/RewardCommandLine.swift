import ArgumentParser
import ServiceKit

/// The command line of `stepwise-reward`; each subcommand is a file of its own.
@main
struct RewardCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stepwise-reward",
        abstract: "Score actions against expert steps: as a service, or from files.",
        subcommands: [ServeCommand.self, ScoreCommand.self, HealthCommand.self])

    static func main() async { await runReportingErrors() }
}
