import ArgumentParser
import Foundation
import HTTPTypes
import Logging
import ServiceAPI
import ServiceKit
import TestSupport
import Testing
import Transport

@Suite struct ServiceRunnerTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// The URL in the ready file, once it is there.
    private func url(in path: String) async throws -> String {
        for _ in 0..<1000 {
            if let bytes = FileManager.default.contents(atPath: path) {
                return try #require(try JSONDecoder().decode([String: String].self, from: bytes)["url"])
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CommandFailure("the ready file did not appear")
    }

    @Test func servesFromReadyFileToCancellation() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("ready.json")
        var router = Router()
        router.on(.get, "/hello") { _ in .text("hi") }
        let runner = ServiceRunner(configuration: HTTPServerConfiguration(), readyFile: path, logger: logger)
        let running = Task { [router] in try await runner.run(router) }
        let url = try await url(in: path)
        #expect(url.hasPrefix("http://127.0.0.1:"))

        let client = try HTTPClient(configuration: ClientConfiguration(urls: [url]), logger: logger)
        for (path, text) in [("/hello", "hi"), ("/healthz", "ok\n"), ("/readyz", "ready\n")] {
            #expect(try await client.send(ClientRequest(path: path)).text == text)
        }
        // A request is counted just after its answer has gone out: ask until the earlier ones are.
        var metrics = try await client.send(ClientRequest(path: "/metrics"))
        for _ in 0..<200 where !metrics.text.contains("http_server_requests_in_flight 1\n") {
            try await Task.sleep(for: .milliseconds(10))
            metrics = try await client.send(ClientRequest(path: "/metrics"))
        }
        #expect(metrics.text.contains("http_server_requests_in_flight 1\n"))
        #expect(metrics.headers[.contentType] == PrometheusRegistry.contentType)
        #expect(
            metrics.text.contains(
                #"http_server_requests_total{method="GET",outcome="answered",route="/hello",status="200"} 1"#))
        #expect(metrics.text.contains(#"http_server_request_duration_seconds_count{route="/hello"} 1"#))
        #expect(metrics.text.contains("process_open_fds "))
        await client.shutdown()

        running.cancel()
        _ = await running.result
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func saysWhichPortIsInUse() async throws {
        let other = HTTPServer(configuration: HTTPServerConfiguration(), logger: logger) { _ in ServerResponse() }
        let address = try await other.start()
        let runner = ServiceRunner(configuration: HTTPServerConfiguration(port: address.port), logger: logger)
        let error = await #expect(throws: CommandFailure.self) { try await runner.run(Router()) }
        #expect(error?.exitStatus == .operatingSystem)
        #expect(
            error?.description.hasPrefix("cannot listen on 127.0.0.1 port \(address.port): the port is in use") == true)
        await other.shutdown()
    }

    @Test func saysThatTheReadyFileCannotBeWritten() async throws {
        let runner = ServiceRunner(
            configuration: HTTPServerConfiguration(), readyFile: "/no/such/folder/ready.json", logger: logger)
        let error = await #expect(throws: CommandFailure.self) { try await runner.run(Router()) }
        #expect(error?.exitStatus == .cannotCreate)
    }

    @Test func aServiceThatIsNotReadySaysWhy() async throws {
        var router = Router()
        router.addHealthRoutes(registry: PrometheusRegistry()) { .notReady("no model yet") }
        let error = await #expect(throws: ProblemDetails.self) {
            try await router(ServerRequest(method: .get, path: "/readyz"))
        }
        #expect(error?.status == 503 && error?.detail == "no model yet")
        #expect(try await router(ServerRequest(method: .get, path: "/healthz")).status == .ok)
    }

    @Test func healthFailsWhereNothingAnswers() async throws {
        // A port that was free a moment ago.
        let server = HTTPServer(configuration: HTTPServerConfiguration(), logger: logger) { _ in ServerResponse() }
        let address = try await server.start()
        await server.shutdown()
        let command = try HealthCommand.parse(["--url", address.url, "--timeout", "2"])
        let error = await #expect(throws: CommandFailure.self) { try await command.run() }
        #expect(error?.description.hasPrefix("not ready: ") == true && error?.exitStatus == .failure)
    }

    @Test func workThatNoSignalEndsReturnsItsResult() async throws {
        #expect(try await withInterruption { 7 } == 7)
        await #expect(throws: CommandFailure.self) { try await withInterruption { throw CommandFailure("x") } }
    }
}
