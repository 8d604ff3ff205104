import ArgumentParser
import Foundation
import Reward
import ServiceAPI
import ServiceKit

/// `stepwise-reward explain`: one pair, and why its score is what it is.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Score one action against one expert step and show which parts match.",
        discussion: """
            The parts are difflib's matching blocks: their lengths add up to M of the ratio 2M/T. They are coloured on a terminal, and stand between \
            marks elsewhere; spaces, tabs and line breaks that do not match are written out. A text comes from the command line, or from a file, \
            whose last line break is not part of it; - is standard input.

            Examples:
              stepwise-reward explain 'x = 3' 'x = 2'
              stepwise-reward explain 'so x is 3' 'x is 2' --parameters '{"granularity": "word"}'
              stepwise-reward explain --action-file action.txt --expert-file expert.txt
              jq -r .text rollout.json | stepwise-reward explain --completion --action-file - --expert-file expert.txt
              stepwise-reward explain '\\frac{2}{4}' '1/2' --function math.verify --json
            """)

    @Argument(help: ArgumentHelp("The action and the expert step, where no file has them.", valueName: "text"))
    var texts: [String] = []

    @Option(help: ArgumentHelp("A file with the action.", valueName: "file"), completion: .file())
    var actionFile: String?

    @Option(help: ArgumentHelp("A file with the expert step.", valueName: "file"), completion: .file())
    var expertFile: String?

    @Flag(help: "The action still has its monologue on: <think>..</think> and then the action.")
    var completion = false

    @Option(help: "The reward function.")
    var function = "srl.similarity"

    @Option(help: ArgumentHelp("Its parameters.", valueName: "json"))
    var parameters = "{}"

    @Option(
        help: ArgumentHelp("The service's configuration, for its tokenizers and programs.", valueName: "file"),
        completion: .file())
    var config: String?

    @Flag(help: "Print JSON: what POST /v1/explain answers.")
    var json = false

    @Option(help: "When to colour: auto, always or never.")
    var color: ColorChoice = .auto

    func validate() throws {
        let files = [actionFile, expertFile].compactMap { $0 }
        guard texts.count + files.count == 2 else {
            throw ValidationError(
                "Two texts are needed, the action and the expert step, and \(texts.count + files.count) are given.")
        }
        guard files.count(where: { $0 == "-" }) < 2 else {
            throw ValidationError("Only one of the two texts can come from standard input.")
        }
    }

    func run() throws {
        let parameters = try FunctionOptions.parameters(parameters)
        let function = try FunctionOptions.make(
            self.function, parameters, in: FunctionOptions.registry(config: config))
        var rest = texts[...]
        let action = try actionFile.map(Self.read) ?? rest.removeFirst()
        let expert = try expertFile.map(Self.read) ?? rest.removeFirst()
        let request =
            completion
            ? ExplainRequest(function: self.function, parameters: parameters, expert: expert, completion: action)
            : ExplainRequest(function: self.function, parameters: parameters, expert: expert, action: action)
        let response = try Explaining.explain(request, with: function)
        if json {
            print(String(decoding: try ServiceJSON.encode(response, pretty: true), as: UTF8.self))
        } else {
            let output = TerminalOutput.standardOutput
            let text = ExplanationText(
                hasColor: color.applies(to: output.capabilities), hasUnicode: output.capabilities.hasUnicode,
                width: output.width)
            for line in text.lines(of: response, function: self.function) { output.writeLine(line) }
        }
        if response.score.status == .error { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    /// A whole file, without the line break that ends it.
    private static func read(_ path: String) throws -> String {
        let name = path == "-" ? "standard input" : path
        let bytes =
            path == "-"
            ? try FileHandle.standardInput.readToEnd() ?? Data() : try Data(contentsOf: URL(filePath: path))
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("\(name): is not UTF-8 text", exitStatus: .invalidData)
        }
        if let last = text.last, last == "\n" || last == "\r\n" { text.removeLast() }
        return text
    }
}
