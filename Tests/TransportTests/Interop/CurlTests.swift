import Foundation
import HTTPTypes
import Testing
import Transport
import Zstandard

/// curl against our server, in both versions of HTTP.
@Suite struct InteropCurlTests {
    private static let versions = ["--http2-prior-knowledge", "--http1.1"]

    /// Runs curl against a server with `handler`; the output ends with "<version> <status>".
    private func curl(
        _ arguments: [String], path: String = "/", configuration: HTTPServerConfiguration = .init(),
        handler: @escaping RequestHandler = Handlers.echo
    ) async throws -> ExternalTool.Output? {
        guard let curl = ExternalTool("curl") else { return nil }
        return try await withServer(configuration, handler: handler) { _, address in
            try await curl.run(
                ["-sS", "--max-time", "20", "-w", "%{stderr}%{http_version} %{http_code}"] + arguments
                    + ["http://127.0.0.1:\(address.port)\(path)"])
        }
    }

    private func expectation(_ version: String, _ status: Int) -> String {
        (version == "--http1.1" ? "1.1" : "2") + " \(status)"
    }

    @Test(arguments: versions)
    func getsAndPosts(version: String) async throws {
        let handler: RequestHandler = { request in
            let body = try await request.collectBody()
            return .text("\(request.method) \(request.path) \(String(decoding: body, as: UTF8.self))")
        }
        if let output = try await curl([version], path: "/hello", handler: handler) {
            #expect(output.text == "GET /hello ")
            #expect(output.standardError == expectation(version, 200))
        }
        if let output = try await curl([version, "-d", "{\"a\":1}"], handler: handler) {
            #expect(output.text == "POST / {\"a\":1}")
        }
    }

    @Test(arguments: versions)
    func headHasNoBody(version: String) async throws {
        guard let output = try await curl([version, "--head"], handler: { _ in .text("twelve bytes") }) else { return }
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.text.lowercased().contains("content-length: 12"))
        #expect(output.standardError == expectation(version, 200))
    }

    @Test(arguments: versions)
    func largeBodiesGoBothWays(version: String) async throws {
        let folder = try TemporaryFolder()
        // Not compressible, and larger than every window and buffer on the way.
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<(1 << 20)).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
        let path = try folder.file("body", bytes)
        guard let output = try await curl([version, "-H", "expect:", "--data-binary", "@\(path)"]) else { return }
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput == Data(bytes))
    }

    @Test(arguments: versions)
    func waitsForContinue(version: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("body", [UInt8](repeating: 65, count: 3 << 20))
        let arguments = [
            version, "-H", "expect: 100-continue", "--expect100-timeout", "15", "--data-binary", "@\(path)",
        ]
        guard let output = try await curl(arguments) else { return }
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput.count == 3 << 20)
    }

    @Test(arguments: versions)
    func sendsZstd(version: String) async throws {
        guard let zstd = ExternalTool("zstd") else { return }
        let folder = try TemporaryFolder()
        let text = String(repeating: "x = 2; ", count: 10_000)
        let path = try folder.file("body", Array(text.utf8))
        #expect(try await zstd.run(["-q", path]).status == 0)
        let arguments = [version, "-H", "content-encoding: zstd", "--data-binary", "@\(path).zst"]
        guard let output = try await curl(arguments) else { return }
        #expect(output.standardError == expectation(version, 200))
        #expect(output.text == text)
    }

    @Test(arguments: versions)
    func receivesZstd(version: String) async throws {
        let text = String(repeating: "x = 2; ", count: 10_000)
        let arguments = [version, "-H", "accept-encoding: zstd", "-D", "-"]
        guard let output = try await curl(arguments, handler: { _ in .text(text) }) else { return }
        let end = try #require(output.standardOutput.firstRange(of: Data("\r\n\r\n".utf8))?.upperBound)
        let head = String(decoding: output.standardOutput[..<end], as: UTF8.self).lowercased()
        #expect(head.contains("content-encoding: zstd"))
        let body = try Zstandard.decompress(Array(output.standardOutput[end...]), limit: 1 << 20)
        #expect(String(decoding: body, as: UTF8.self) == text)
    }

    @Test(arguments: versions)
    func learnsWhyABodyIsRefused(version: String) async throws {
        let folder = try TemporaryFolder()
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumBodyBytes = 200_000
        configuration.limits.maximumExpandedBytes = 1 << 20

        let tooLong = try folder.file("long", [UInt8](repeating: 65, count: 5 << 20))
        if let output = try await curl([version, "--data-binary", "@\(tooLong)"], configuration: configuration) {
            #expect(output.standardError.hasSuffix(expectation(version, 413)), "\(output.standardError)")
            #expect(output.text.contains("200000 bytes"))
        }
        let bomb = try folder.file("bomb", try Zstandard.compress([UInt8](repeating: 0, count: 64 << 20)))
        let encoding = ["-H", "content-encoding: zstd", "--data-binary"]
        if let output = try await curl([version] + encoding + ["@\(bomb)"], configuration: configuration) {
            #expect(output.standardError == expectation(version, 413))
            #expect(output.text.contains("1048576 bytes"))
        }
        if let output = try await curl([version] + encoding + ["{\"plain\": true}"], configuration: configuration) {
            #expect(output.standardError == expectation(version, 400))
            #expect(output.text.contains("not a zstd frame"))
        }
        let whole = try Zstandard.compress(Array("some text that is cut off".utf8))
        let cut = try folder.file("cut", Array(whole.dropLast(6)))
        if let output = try await curl([version] + encoding + ["@\(cut)"], configuration: configuration) {
            #expect(output.standardError == expectation(version, 400))
        }
        let other = [version, "-H", "content-encoding: gzip", "-d", "x"]
        if let output = try await curl(other, configuration: configuration) {
            #expect(output.standardError == expectation(version, 415))
            #expect(output.text.contains("gzip"))
        }
    }

    @Test func learnsThatItsHeaderIsTooLarge() async throws {
        let field = "x-large: " + String(repeating: "v", count: 20_000)
        for version in Self.versions {
            guard let output = try await curl([version, "-H", field]) else { return }
            #expect(output.standardError == expectation(version, 431))
        }
    }
}
