import ArgumentParser

/// The command line of `stepwise-trainer`; each subcommand is a file of its own.
@main
struct Trainer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stepwise-trainer",
        abstract: "Teach small language models to reason step by step from expert solutions.",
        subcommands: [PrepareCommand.self, InspectCommand.self])
}
