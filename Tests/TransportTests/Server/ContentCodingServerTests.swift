import HTTPTypes
import ServiceAPI
import Testing
import Transport
import Zstandard

/// zstd both ways, and what is refused.
@Suite struct ContentCodingServerTests {
    private static let text = [UInt8](String(repeating: "expert trajectory ", count: 5000).utf8)

    @Test func bothWays() async throws {
        let encodings = Recorder<String>()
        let handler: RequestHandler = { request in
            encodings.add(request.headers[.contentEncoding] ?? "none")
            encodings.add("\(request.headers[.contentLength].flatMap { Int($0) } ?? 0 < 2000)")
            return try await Handlers.echo(request)
        }
        try await withServer(handler: handler) { _, address in
            try await withClient(address) { client in
                let response = try await client.send(ClientRequest(method: .post, path: "/", body: Self.text))
                #expect(response.body == Self.text)
                #expect(response.headers[.contentEncoding] == "zstd")
                #expect(response.headers[.vary] == "accept-encoding")
                let small = try await client.send(ClientRequest(method: .post, path: "/", body: [1, 2, 3]))
                #expect(small.headers[.contentEncoding] == nil)
                #expect(encodings.all == ["zstd", "true", "none", "true"])
            }
        }
    }

    @Test(arguments: [
        ("zstd", true), ("", false), ("gzip, br", false), ("zstd;q=0", false), ("*", true), ("*;q=0", false),
        ("identity, zstd;q=0.5", false), ("identity;q=0.5, zstd;q=0.5", true), ("gzip;q=1.0, ZSTD ; Q=0.2", true),
        ("zstd;q=nonsense", false),
    ])
    func answersInWhatIsAccepted(_ accepted: String, isCompressed: Bool) async throws {
        let handler: RequestHandler = { _ in ServerResponse(body: .bytes(Self.text)) }
        try await withServer(handler: handler) { _, address in
            let client = try await RawConnection(port: address.port)
            let field = accepted.isEmpty ? "" : "Accept-Encoding: \(accepted)\r\n"
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\(field)Connection: close\r\n\r\n")
            let answer = try await client.receiveToEnd().lowercased()
            #expect(answer.contains("content-encoding: zstd") == isCompressed)
            #expect(answer.contains("vary: accept-encoding"))
            await client.close()
        }
    }

    @Test func refusesWhatItCannotDecode() async throws {
        try await withServer(handler: Handlers.echo) { _, address in
            try await withClient(address) { client in
                func send(_ encoding: String, _ body: [UInt8]) async throws -> ClientResponse {
                    try await client.send(
                        ClientRequest(method: .post, path: "/", headers: [.contentEncoding: encoding], body: body))
                }
                let unknown = try await send("gzip", [1, 2, 3])
                #expect(unknown.status == .unsupportedMediaType)
                #expect(unknown.headers[.acceptEncoding] == "zstd, identity")
                #expect(unknown.text.contains("'gzip' is not supported"))
                let twice = try await send("zstd, zstd", [1, 2, 3])
                #expect(twice.status == .unsupportedMediaType)
                let noFrame = try await send("zstd", Array("not a frame".utf8))
                #expect(noFrame.status == .badRequest)
                #expect(noFrame.text.contains("not a zstd frame"))
                let whole = try Zstandard.compress(Self.text)
                let cutOff = try await send("zstd", Array(whole.dropLast(5)))
                #expect(cutOff.status == .badRequest)
                var damaged = whole
                for index in 10..<20 { damaged[index] ^= 0xff }
                #expect(try await send("zstd", damaged).status == .badRequest)
                #expect(try await send("identity", [1]).body == [1])
                #expect(try await send("ZSTD", whole).body == Self.text)
            }
        }
    }

    @Test func boundsBothSizes() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumBodyBytes = 10_000
        configuration.limits.maximumExpandedBytes = 50_000
        try await withServer(configuration, handler: Handlers.echo) { _, address in
            try await withClient(address) {
                $0.compression = .identity
            } _: { client in
                func send(_ encoding: String, _ body: [UInt8]) async throws -> ClientResponse {
                    try await client.send(
                        ClientRequest(method: .post, path: "/", headers: [.contentEncoding: encoding], body: body))
                }
                let bomb = try Zstandard.compress([UInt8](repeating: 0, count: 8 << 20))
                #expect(bomb.count < 10_000)
                let expanded = try await send("zstd", bomb)
                #expect(expanded.status == .contentTooLarge)
                #expect(expanded.text.contains("50000 bytes"))
                let tooLong = try await send("identity", [UInt8](repeating: 1, count: 10_001))
                #expect(tooLong.status == .contentTooLarge)
                #expect(tooLong.text.contains("10000 bytes"))
                #expect(try await send("identity", [UInt8](repeating: 1, count: 10_000)).status == .ok)
                let fits = try Zstandard.compress([UInt8](repeating: 0, count: 50_000))
                #expect(try await send("zstd", fits).body.count == 50_000)
            }
            // Without a length, the limit is met on the way; the rest of the body is not awaited.
            let raw = try await RawConnection(port: address.port)
            try await raw.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            try await raw.send("4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n")
            let answer = try await raw.receive(until: "10000 bytes")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.lowercased().contains("connection: close"))
            await raw.close()
        }
    }

    @Test func theClientBoundsAnswersToo() async throws {
        let handler: RequestHandler = { _ in ServerResponse(body: .bytes([UInt8](repeating: 0, count: 1 << 20))) }
        try await withServer(handler: handler) { _, address in
            try await withClient(address) {
                $0.maximumExpandedBytes = 100_000
            } _: { client in
                let error = await #expect(throws: TransportError.self) {
                    try await client.send(ClientRequest(path: "/"))
                }
                #expect(error?.code == .responseTooLarge)
                #expect(error?.attempts == 1)
            }
            try await withClient(address) {
                $0.maximumResponseBytes = 100_000
                $0.headers[.acceptEncoding] = "identity"
            } _: { client in
                let error = await #expect(throws: TransportError.self) {
                    try await client.send(ClientRequest(path: "/"))
                }
                #expect(error?.code == .responseTooLarge)
            }
        }
    }
}
