import ArgumentParser
import Logging
import ServiceAPI
import Transport

/// `health --url URL`: asks a running service whether it is ready, for the health checks of containers that have no curl.
public struct HealthCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask a running service whether it is ready; 0 when it is, 1 when not.",
        discussion: """
            Examples:
              health --url http://127.0.0.1:8080
              health --url https://reward.example.org:8080 --ca-file ca.pem --timeout 10
            """)

    @Option(help: "The service's URL.")
    var url: String

    @Option(help: ArgumentHelp("How long to wait for the answer.", valueName: "seconds"))
    var timeout: Double = 3

    @OptionGroup var security: ClientSecurityOptions

    public init() {}

    public func validate() throws {
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout must be 0 to 3600 seconds") }
    }

    public func run() async throws {
        let logger = Logger(label: "health") { _ in SwiftLogNoOpLogHandler() }
        var configuration = ClientConfiguration(
            urls: [url], deadline: .seconds(timeout), connectTimeout: .seconds(timeout), retries: .none)
        try security.credentials.apply(to: &configuration, logger: logger)
        let client = try HTTPClient(configuration: configuration, logger: logger)
        let request = ClientRequest(path: ServicePath.readiness)
        do {
            let response = try await client.send(request)
            await client.shutdown()
            try response.checkSuccess(of: request)
            print("ready")
        } catch {
            await client.shutdown()
            throw CommandFailure("not ready: \(ErrorReport.message(for: error))", exitStatus: .failure)
        }
    }
}
