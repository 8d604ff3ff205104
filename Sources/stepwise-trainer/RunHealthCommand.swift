import ArgumentParser
import Foundation
import ServiceKit

/// `stepwise-trainer health`: whether a run still makes progress, for the health checks of containers.
struct RunHealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask whether a run makes progress: 0 when its metrics are fresh, 1 when not.",
        discussion: """
            Examples:
              stepwise-trainer health --run runs/first
              stepwise-trainer health --run /runs --stale-after 3600
            """)

    @Option(name: .customLong("run"), help: "A run directory, or a folder of run directories.", completion: .directory)
    var folder: String

    @Option(help: ArgumentHelp("How old the last step may be.", valueName: "seconds"))
    var staleAfter: Double = 1800

    func run() throws {
        let files = FileManager.default
        let folders = [folder] + ((try? files.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
        let dates = folders.compactMap { path in
            try? files.attributesOfItem(atPath: path + "/metrics.jsonl")[.modificationDate] as? Date
        }
        guard let last = dates.max() else {
            throw CommandFailure("\(folder): there is no run with a metrics.jsonl yet", exitStatus: .failure)
        }
        let age = Date.now.timeIntervalSince(last)
        guard age <= staleAfter else {
            throw CommandFailure(
                "\(folder): the last step was \(Int(age)) s ago, longer than --stale-after \(Int(staleAfter))",
                exitStatus: .failure)
        }
        print("the last step was \(Int(age)) s ago")
    }
}
