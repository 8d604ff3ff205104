import HTTPTypes
import Logging
import Testing
import Transport

/// Clients that mean harm, over real sockets: each is cut off within its limit, and the next client is served.
@Suite struct InteropAbusiveClientTests {
    private static var impatient: HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.header = .milliseconds(400)
        configuration.timeouts.body = .milliseconds(150)
        configuration.timeouts.write = .milliseconds(150)
        configuration.timeouts.idle = .milliseconds(400)
        return configuration
    }

    /// Sends `bytes`, then nothing, and waits for the server to hang up. Returns all that it said.
    private func cutOff(
        _ bytes: [UInt8], configuration: HTTPServerConfiguration = impatient,
        handler: @escaping RequestHandler = Handlers.echo
    ) async throws -> String {
        try await withServer(configuration, handler: handler) { server, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(bytes)
            let text = try await client.receiveToEnd()
            await client.close()
            try await eventually("the connection is gone") {
                server.openConnections == 0 && server.runningRequests == 0
            }
            try await expectService(address)
            return text
        }
    }

    /// The next client is served. Tried more than once, because an impatient server may hang up on it first.
    private func expectService(_ address: BoundAddress) async throws {
        try await eventually("the next client is served") {
            let client = try await RawConnection(port: address.port)
            // Fails when the server has hung up, which the answer shows.
            try? await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            let text = try await client.receive(until: "\r\n\r\n")
            await client.close()
            return text.hasPrefix("HTTP/1.1 200")
        }
    }

    @Test(arguments: [
        "", "P", "PRI * HTTP/2.0\r\n\r\nSM", "POST / HTTP/1.1\r\nHost: x\r\nContent-Le",
    ])
    func aHeaderThatNeverEnds(start: String) async throws {
        let text = try await cutOff(Array(start.utf8))
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 408"))
    }

    @Test(arguments: [
        RawHTTP2.preface,
        RawHTTP2.preface + Array(RawHTTP2.ping.prefix(5)),
        RawHTTP2.preface + Array(RawHTTP2.request(stream: 1, ends: true).prefix(4)),
        RawHTTP2.preface + Array(RawHTTP2.request(stream: 1, ends: true).prefix(15)),
        RawHTTP2.preface + RawHTTP2.frame(type: 1, flags: 0, stream: 1, RawHTTP2.requestBlock()),
    ])
    func halfAFrameThenNothing(bytes: [UInt8]) async throws {
        _ = try await cutOff(bytes)
    }

    @Test func headerBytesThatTrickle() async throws {
        try await withServer(Self.impatient, handler: Handlers.echo) { server, address in
            for start in [Array("POST / HTTP/1.1\r\nx: ".utf8), RawHTTP2.preface + [0, 16, 0, 1, 4, 0, 0, 0, 1]] {
                let client = try await RawConnection(port: address.port)
                try await client.send(start)
                try await eventually("the trickling client is cut off") {
                    // A byte at a time, each well within every timeout.
                    try? await client.send([0x61])
                    try await Task.sleep(for: .milliseconds(10))
                    return server.openConnections == 0
                }
                await client.close()
            }
        }
    }

    @Test func aBodyThatStops() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.body = .milliseconds(150)
        let start = Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc".utf8)
        let http1 = try await cutOff(start, configuration: configuration)
        #expect(http1.hasPrefix("HTTP/1.1 408"))
        configuration.timeouts.idle = .milliseconds(150)
        let request = RawHTTP2.request(stream: 1, ends: false) + RawHTTP2.data(stream: 1, [1, 2, 3])
        let http2 = try await cutOff(RawHTTP2.preface + request, configuration: configuration)
        #expect(http2.contains("no byte of the request body arrived"), "the problem document of the 408")
    }

    @Test func halfADataFrameThenNothing() async throws {
        _ = try await cutOff(
            RawHTTP2.preface + RawHTTP2.request(stream: 1, ends: false)
                + Array(RawHTTP2.data(stream: 1, [UInt8](repeating: 1, count: 100)).prefix(50)))
    }

    @Test func aClientThatDoesNotReadALargeResponse() async throws {
        let large = [UInt8](repeating: 65, count: 32 << 20)
        let answered = Counter()
        let handler: RequestHandler = { _ in
            answered.add()
            return ServerResponse(body: .bytes(large))
        }
        // A window of 2^31 - 1, so that only the socket holds the bytes back.
        let window =
            RawHTTP2.frame(type: 4, [0, 4, 0x7f, 0xff, 0xff, 0xff])
            + RawHTTP2.frame(type: 8, RawHTTP2.bigEndian(0x7fff_0000))
        let http2 = RawHTTP2.preface + window + RawHTTP2.request(stream: 1, method: "GET", ends: true)
        let http1 = Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        for (index, bytes) in [http2, http1].enumerated() {
            try await withServer(Self.impatient, handler: handler) { server, address in
                let client = try await RawConnection(port: address.port, receiveBuffer: 4_096, isReading: false)
                try await client.send(bytes)
                try await eventually("the request arrives") { answered.value == index + 1 }
                try await eventually("the connection is closed") { server.openConnections == 0 }
                await client.close()
            }
        }
    }

    @Test func aClientThatDoesNotReadManySmallResponses() async throws {
        let text = String(repeating: "z", count: 30_000)
        try await withServer(Self.impatient, handler: { _ in .text(text) }) { server, address in
            let client = try await RawConnection(port: address.port, receiveBuffer: 4_096, isReading: false)
            let window =
                RawHTTP2.frame(type: 4, [0, 4, 0x7f, 0xff, 0xff, 0xff])
                + RawHTTP2.frame(type: 8, RawHTTP2.bigEndian(0x7fff_0000))
            try await client.send(RawHTTP2.preface + window)
            for wave in 0..<8 {
                let streams = (0..<50).map { UInt32((wave * 50 + $0) * 2 + 1) }
                // Fails once the server has hung up, which is what the test waits for.
                try? await client.send(streams.flatMap { RawHTTP2.request(stream: $0, method: "GET", ends: true) })
            }
            try await eventually("the connection is closed") { server.openConnections == 0 }
            await client.close()
        }
    }

    @Test(arguments: ["rapid reset", "ping", "settings", "empty data", "continuation", "priority"])
    func floods(kind: String) async throws {
        let frames: [[UInt8]] = (0..<3_000).map { index in
            let stream = UInt32(index * 2 + 1)
            switch kind {
            case "rapid reset":
                return RawHTTP2.request(stream: stream, method: "GET", ends: true) + RawHTTP2.reset(stream: stream)
            case "ping": return RawHTTP2.ping
            case "settings": return RawHTTP2.settings
            case "empty data":
                return index == 0 ? RawHTTP2.request(stream: 1, ends: false) : RawHTTP2.data(stream: 1, [])
            case "continuation":
                return index == 0
                    ? RawHTTP2.frame(type: 1, stream: 1, RawHTTP2.requestBlock())
                    : RawHTTP2.frame(type: 9, stream: 1, [0, 1, 0x78, 1, 0x79])
            default: return RawHTTP2.frame(type: 2, stream: 1, [0, 0, 0, 0, 16])
            }
        }
        // With the default, patient configuration: it is the flood that ends the connection, not a timeout.
        let text = try await cutOff(RawHTTP2.preface + frames.flatMap { $0 }, configuration: .init())
        #expect(text.contains("too many"), "the GOAWAY says why")
    }

    @Test func rapidResetsLeaveNoHandlersBehind() async throws {
        let running = Counter()
        let handler: RequestHandler = { _ in
            running.add()
            defer { running.add(-1) }
            try await Task.sleep(for: .seconds(60))
            return .text("late")
        }
        try await withServer(handler: handler) { server, address in
            let client = try await RawConnection(port: address.port)
            var frames: [UInt8] = []
            for index: UInt32 in 0..<60 {
                frames += RawHTTP2.request(stream: index * 2 + 1, method: "GET", ends: true)
                frames += RawHTTP2.reset(stream: index * 2 + 1)
            }
            try await client.send(RawHTTP2.preface + frames)
            try await eventually("handlers are cancelled") { running.value == 0 && server.runningRequests == 0 }
            await client.close()
        }
    }

    @Test func bytesOfNoProtocol() async throws {
        let tls: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3] + [UInt8](repeating: 9, count: 500)
        let text = try await cutOff(tls, configuration: .init())
        #expect(text.hasPrefix("HTTP/1.1 400"))
        #expect(text.contains("TLS"))
        _ = try await cutOff(RawHTTP2.preface + [UInt8](repeating: 0xff, count: 1_000))
    }
}
