import ArgumentParser
import Foundation
import RunReport
import ServiceKit

/// `stepwise-trainer report`: what a run writes at its end, of any run, or of several beside each other.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write an HTML report of a run, or of several compared.",
        discussion: """
            A run writes its own report.html at its checkpoints and at its end; this makes it anew, from the files of the run directory alone. \
            Of several runs the curves are laid on top of each other, with a table of final figures and one of what their configurations \
            differ in. The file needs no other, and no network.

            Examples:
              stepwise-trainer report runs/first
              stepwise-trainer report runs/sft runs/srl --output comparison.html
            """)

    @Argument(help: "Run directories.", completion: .directory)
    var runs: [String]

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file to write. (default: report.html in the run; needed for several)", valueName: "file"))
    var output: String?

    func validate() throws {
        guard !runs.isEmpty else { throw ValidationError("Name a run directory.") }
        guard runs.count == 1 || output != nil else {
            throw ValidationError("A comparison belongs to none of the runs: say with --output where to write it.")
        }
    }

    func run() throws {
        let folders = try runs.map(RunFolder.init(path:))
        let path = output ?? folders[0].reportPath
        let bytes = try ReportWriter.write(folders, to: path)
        print("Wrote \(path) (\((bytes + 1023) / 1024) KiB)")
    }
}
