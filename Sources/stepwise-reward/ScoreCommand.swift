import ArgumentParser
import Foundation
import Reward
import ServiceAPI
import ServiceKit
import Zstandard

/// `stepwise-reward score`: the service's scoring without the service.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score groups from a JSONL file: a group a line in, its scores a line out.",
        discussion: """
            A line is {"id": "g1", "expert": "x = 2", "actions": ["x = 2", "x = 3"]}, or has completions in place of actions, where the \
            monologue is still on. The answer is what the service would answer for the group. An output file appears whole or not at all.

            Examples:
              stepwise-reward score groups.jsonl
              stepwise-reward score groups.jsonl.zst --output scores.jsonl.zst --parameters '{"granularity": "word"}'
              zstdcat groups.jsonl.zst | stepwise-reward score - > scores.jsonl
            """)

    @Argument(help: "The file to read, plain or zstd-compressed; - is standard input.", completion: .file())
    var input: String = "-"

    @Option(
        name: .shortAndLong, help: "The file to write, zstd-compressed when it ends in .zst. (default: standard output)"
    )
    var output: String?

    @Option(help: "The reward function.")
    var function = "srl.similarity"

    @Option(help: ArgumentHelp("Its parameters.", valueName: "json"))
    var parameters = "{}"

    @Option(
        help: ArgumentHelp(
            "The service's configuration, for its tokenizers and programs; its limits do not count here.",
            valueName: "file"),
        completion: .file())
    var config: String?

    func run() throws {
        let function = try FunctionOptions.make(
            function, FunctionOptions.parameters(parameters), in: FunctionOptions.registry(config: config))
        let reader = input == "-" ? LineReader.standardInput() : try LineReader(path: input)
        let writer = try output.map { try LineWriter(path: $0) }
        var lineOfID: [String: Int] = [:]
        var counts: [ScoreStatus: Int] = [:]
        let start = ContinuousClock.now
        while let line = try reader.next() {
            if line.text.allSatisfy(\.isWhitespace) { continue }
            let group: ScoreGroup
            do throws(ProblemDetails) {
                group = try ServiceJSON.decodeRequest(ScoreGroup.self, from: Array(line.text.utf8))
                if let first = lineOfID.updateValue(line.number, forKey: group.id) {
                    throw ProblemDetails(
                        kind: .invalidRequest, detail: "the id \"\(group.id)\" is already that of line \(first)",
                        pointer: "/id")
                }
            } catch {
                let place = error.pointer.map { $0.isEmpty ? "" : "\($0): " } ?? ""
                throw FileError(
                    path: reader.name, line: line.number, message: place + (error.detail ?? error.title))
            }
            let scored = function.score(group)
            for score in scored.scores { counts[score.status, default: 0] += 1 }
            let text = String(decoding: try ServiceJSON.encode(scored), as: UTF8.self)
            if let writer { try writer.write(text) } else { print(text) }
        }
        guard !lineOfID.isEmpty else { throw FileError(path: reader.name, message: "there are no groups in it") }
        try writer?.commit()
        let items = counts.values.reduce(0, +)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        TerminalOutput.standardError.writeLine(
            """
            \(lineOfID.count) groups, \(items) items: \(counts[.scored] ?? 0) scored, \(counts[.formatViolation] ?? 0) format violations, \
            \(counts[.error] ?? 0) errors; \(Int(Double(items) / max(seconds, 1e-9))) items/s, \(function.fingerprint)
            """)
    }
}
