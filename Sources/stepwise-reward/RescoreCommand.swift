import ArgumentParser
import Foundation
import Logging
import Reward
import ServiceAPI
import ServiceKit
import Zstandard

/// `stepwise-reward rescore`: what other rewards would have said of rollouts that there are.
struct RescoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescore",
        abstract: "Score stored rollouts again, by other functions or servers, and compare.",
        discussion: """
            Reads a run's rollouts (runs/NAME, runs/NAME/rollouts or single files), or JSONL with expert and action or completion on a line, and maybe \
            group and score; without a group, lines with the same expert step that follow each other are one. Compared with the stored scores, or where \
            there are none with the first function: mean and deviation, correlation over all items (Pearson) and within groups (Kendall's tau-b), and \
            what training would see: groups whose best item changes, whose advantages change sign, or that begin or cease to differ. Each function \
            is asked of each --url, or here where there is none. A line that cannot be read is reported and left out; the status is then 65.

            Examples:
              stepwise-reward rescore runs/first --function math.verify
              stepwise-reward rescore runs/first/rollouts/step-100.jsonl.zst --parameters '{"granularity": "word"}'
              stepwise-reward rescore pairs.jsonl --function srl.similarity --function agent.action --output scores.jsonl.zst
              stepwise-reward rescore runs/first --url http://127.0.0.1:8080 --url http://10.0.0.7:9000
            """)

    @Argument(
        help: ArgumentHelp("Files, plain or zstd-compressed, or folders; - is standard input.", valueName: "file"),
        completion: .file())
    var inputs: [String]

    @Option(help: "A reward function; repeat it to compare several. (default: srl.similarity)")
    var function: [String] = []

    @Option(help: ArgumentHelp("The parameters of the functions, in the same order.", valueName: "json"))
    var parameters: [String] = []

    @Option(help: "A reward server to ask; repeat it to compare several.")
    var url: [String] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Write all scores of each item to this file, compressed when it ends in .zst.", valueName: "file"))
    var output: String?

    @Option(help: "How many of the largest differences are shown with their texts.")
    var top = 3

    @Option(
        help: ArgumentHelp("The service's configuration, for its tokenizers and programs.", valueName: "file"),
        completion: .file())
    var config: String?

    @Flag(help: "Print the comparison as JSON.")
    var json = false

    @Option(help: ArgumentHelp("How long a request to a server may take, retries included.", valueName: "seconds"))
    var timeout: Double = 60

    @OptionGroup var security: ClientSecurityOptions

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard parameters.count <= max(1, function.count) else {
            throw ValidationError("There are \(parameters.count) --parameters for \(max(1, function.count)) functions.")
        }
        guard timeout > 0, timeout <= 86_400 else { throw ValidationError("--timeout must be 0 to 86400 seconds") }
        guard top >= 0, top <= 1000 else { throw ValidationError("--top must be 0 to 1000") }
    }

    func run() async throws {
        let files = try StoredFiles.expand(inputs)
        let scorers = try makeScorers(logger: logging.start(label: "stepwise-reward"))
        let writer = try output.map { try LineWriter(path: $0) }
        var report = RescoreReport(scorers: scorers.map(\.name), top: top)
        var reader = StoredGroupReader(files: files)
        do {
            while let batch = try reader.nextBatch() {
                let scores = try await Self.score(batch, with: scorers)
                for (index, group) in batch.enumerated() {
                    let columns = scores.map { $0[index] }
                    report.add(group, columns)
                    try write(group, columns, report, to: writer)
                }
            }
        } catch {
            for scorer in scorers { await scorer.shutdown() }
            throw error
        }
        for scorer in scorers { await scorer.shutdown() }
        guard report.items > 0 else {
            throw CommandFailure(
                "\(inputs.joined(separator: " ")): there is nothing in it that could be scored",
                exitStatus: .invalidData)
        }
        try writer?.commit()
        report.unreadableLines = reader.unreadableLines
        if json {
            print(String(decoding: try ServiceJSON.encode(report, pretty: true), as: UTF8.self))
        } else {
            let output = TerminalOutput.standardOutput
            for line in report.lines(width: output.width, hasUnicode: output.capabilities.hasUnicode) {
                output.writeLine(line)
            }
        }
        if reader.unreadableLines > 0 {
            throw CommandFailure(
                "\(reader.unreadableLines) lines could not be read and are left out; the first ones are named above",
                exitStatus: .invalidData)
        }
    }

    private func makeScorers(logger: Logger) throws -> [Rescorer] {
        let names = function.isEmpty ? ["srl.similarity"] : function
        let registry = try FunctionOptions.registry(config: config)
        var scorers: [Rescorer] = []
        for (index, name) in names.enumerated() {
            let given = index < parameters.count ? parameters[index] : "{}"
            let values = try FunctionOptions.parameters(given)
            // A function by itself needs no more to be told from the others.
            let label = values.isEmpty ? name : "\(name) \(JSONValue.object(values).canonicalText)"
            if url.isEmpty {
                scorers.append(.here(name: label, function: try FunctionOptions.make(name, values, in: registry)))
            }
            for url in url {
                scorers.append(
                    try .remote(
                        name: "\(label) at \(url)", url: url, function: name, parameters: values,
                        timeout: .seconds(timeout), credentials: security.credentials, logger: logger))
            }
        }
        if let twice = scorers.map(\.name).first(where: { name in scorers.count { $0.name == name } > 1 }) {
            throw CommandFailure("'\(twice)' is there twice", exitStatus: .usage)
        }
        return scorers
    }

    /// Of each scorer, of each group, of each item.
    private static func score(_ batch: [StoredGroup], with scorers: [Rescorer]) async throws -> [[[ItemScore]]] {
        let groups = batch.enumerated().map { $1.group(id: String($0)) }
        return try await withThrowingTaskGroup(of: (Int, [[ItemScore]]).self) { tasks in
            for (index, scorer) in scorers.enumerated() {
                tasks.addTask { (index, try await scorer.score(groups)) }
            }
            var columns = [[[ItemScore]]](repeating: [], count: scorers.count)
            for try await (index, scores) in tasks { columns[index] = scores }
            return columns
        }
    }

    private func write(
        _ group: StoredGroup, _ columns: [[ItemScore]], _ report: RescoreReport, to writer: LineWriter?
    ) throws {
        guard let writer else { return }
        for (index, item) in group.items.enumerated() {
            var scores: [String: ItemScore] = [:]
            scores[RescoreReport.stored] = item.score
            for (name, column) in zip(report.scorers, columns) { scores[name] = column[index] }
            let place = group.places[index]
            let row = RescoredItem(
                file: place.file, line: place.line, item: place.item, group: item.group, scores: scores)
            try writer.write(String(decoding: try ServiceJSON.encode(row), as: UTF8.self))
        }
    }
}

/// A line of `--output`.
private struct RescoredItem: Encodable {
    let file: String
    let line: Int
    let item: Int
    let group: String?
    let scores: [String: ItemScore]
}
