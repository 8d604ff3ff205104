import ArgumentParser
import ServiceKit

/// The command line of `stepwise-reward`; each subcommand is a file of its own.
@main
struct RewardCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stepwise-reward",
        abstract: "Score actions against expert steps: as a service, or from files.",
        discussion: """
            Examples:
              stepwise-reward serve --port 8080
              stepwise-reward score groups.jsonl
              stepwise-reward explain 'x = 3' 'x = 2'
              stepwise-reward rescore runs/first/rollouts/step-10.jsonl.zst --function math.verify
              stepwise-reward health --url http://127.0.0.1:8080
              stepwise-reward conform --url http://10.0.0.7:9000
            """,
        subcommands: [
            ServeCommand.self, ScoreCommand.self, ExplainCommand.self, RescoreCommand.self, ConformCommand.self,
            HealthCommand.self,
        ])

    static func main() async { await runReportingErrors() }
}
