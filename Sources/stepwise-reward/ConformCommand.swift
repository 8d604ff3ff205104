import ArgumentParser
import Conformance
import Logging
import ServiceAPI
import ServiceKit
import Transport

/// `stepwise-reward conform`: tries any reward server against the protocol.
struct ConformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conform",
        abstract: "Try a reward server, of whatever make, against the protocol (proto-schemas/).",
        discussion: """
            Prints what passed, what failed and why; 0 when nothing failed, 1 when something did. The server is sent a few hundred small \
            requests and some that must be refused. docs/own-server.md shows a server that passes.

            Examples:
              stepwise-reward conform --url http://127.0.0.1:9000
              stepwise-reward conform --url http://127.0.0.1:8080 --function external --parameters '{"program": "overlap"}'
            """)

    @Option(help: "The server's URL.")
    var url: String

    @Option(help: "The reward function to try. (default: the first that the server lists)")
    var function: String?

    @Option(help: ArgumentHelp("The parameters that it cannot do without.", valueName: "json"))
    var parameters = "{}"

    @Option(help: ArgumentHelp("How long each request may take.", valueName: "seconds"))
    var timeout: Double = 30

    @OptionGroup var security: ClientSecurityOptions
    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout must be 0 to 3600 seconds") }
    }

    func run() async throws {
        let values: [String: JSONValue]
        do throws(ProblemDetails) {
            values = try ServiceJSON.decode([String: JSONValue].self, from: Array(parameters.utf8))
        } catch {
            throw CommandFailure("--parameters: \(error.detail ?? error.title)", exitStatus: .usage)
        }
        let logger = logging.start(label: "stepwise-reward")
        let kit = ConformanceKit(
            url: url, function: function, parameters: values, timeout: .seconds(timeout), logger: logger
        ) { [credentials = security.credentials] in
            try credentials.apply(to: &$0, logger: logger)
        }
        let report: ConformanceReport
        do {
            report = try await kit.run()
        } catch let error as TransportError {
            throw CommandFailure(error.description, exitStatus: .unavailable)
        }
        var table = TextTable([.init("about"), .init("requirement"), .init("result"), .init("reason")])
        for line in report.lines {
            let (result, reason) =
                switch line.verdict {
                case .passed: ("pass", "")
                case .failed(let why): ("FAIL", why)
                case .skipped(let why): ("skip", why)
                }
            table.add([line.area.rawValue, line.requirement, result, reason])
        }
        print(table.render())
        print("\n\(url): \(report.passes) passed, \(report.failures) failed, \(report.skips) not tried")
        if report.failures > 0 { throw ExitCode(ExitStatus.failure.rawValue) }
    }
}
