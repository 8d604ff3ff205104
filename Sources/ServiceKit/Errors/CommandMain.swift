import ArgumentParser
import Foundation

extension AsyncParsableCommand {
    /// The whole of an executable's `main.swift`: parses, runs, and ends the process with one message and a status that says
    /// what kind of failure it was (``ExitStatus``). Help and usage errors stay ArgumentParser's.
    public static func runReportingErrors(_ arguments: [String]? = nil) async -> Never {
        Signals.prepareProcessOne()
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            TerminalOutput.standardError.clearStatus()
            exit(withError: nil)
        } catch {
            TerminalOutput.standardError.clearStatus()
            // ArgumentParser knows its own errors (help, usage, ExitCode): for all others it answers `failure`.
            if error is ExitCode || exitCode(for: error) != .failure { exit(withError: error) }
            ErrorReport.write(ErrorReport.message(for: error))
            Foundation.exit(ErrorReport.status(for: error).rawValue)
        }
    }
}
