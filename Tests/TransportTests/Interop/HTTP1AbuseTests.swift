import HTTPTypes
import Testing
import Transport

/// Abuse of HTTP/1.1 over real sockets: the attacker is cut off with the status that says why, holds no more than it may, and the client
/// beside it is served.
@Suite struct InteropHTTP1AbuseTests {
    @Test func aHeaderThatTrickles() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.header = .milliseconds(300)
        try await withAttack(configuration) { server, address in
            let client = try await RawConnection(port: address.port)
            let fields = String(repeating: "x-slow: loris\r\n", count: 100)
            try await client.trickle("POST / HTTP/1.1\r\nHost: x\r\n\(fields)".utf8)
            #expect(try await client.receiveToEnd().hasPrefix("HTTP/1.1 408 "))
            try await eventually("the connection is gone") { server.openConnections == 1 }
            await client.close()
        }
    }

    @Test(arguments: ["Content-Length: 100000", "Transfer-Encoding: chunked"])
    func aBodyThatTrickles(framing: String) async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.body = .milliseconds(300)
        configuration.limits.minimumBytesPerSecond = 10_000
        try await withAttack(configuration) { server, address in
            let client = try await RawConnection(port: address.port)
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n")
            try await client.trickle(String(repeating: "1\r\nx\r\n", count: 300).utf8)
            let text = try await client.receiveToEnd()
            #expect(text.hasPrefix("HTTP/1.1 408 ") && text.contains("too slowly"), "\(text)")
            try await eventually("the connection is gone") { server.openConnections == 1 }
            await client.close()
        }
    }

    /// Thousands of requests in a row, and no answer is taken.
    @Test func aPipelineThatIsNotRead() async throws {
        let handled = Counter()
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.write = .milliseconds(1_000)
        let text = String(repeating: "z", count: 30_000)
        try await withAttack(configuration) { _ in
            handled.add()
            return .text(text)
        } _: { server, address in
            let client = try await RawConnection(port: address.port, receiveBuffer: 4_096, isReading: false)
            let requests = String(repeating: "GET / HTTP/1.1\r\nHost: x\r\n\r\n", count: 4_000)
            let sending = Task { try? await client.send(requests) }
            let most = Counter()
            try await eventually("the connection is closed") {
                let unsent = server.heldBytes.unsent
                if unsent > most.value { most.add(unsent - most.value) }
                return handled.value > 0 && server.openConnections == 1
            }
            // The kernel's buffers take some megabytes; what would not fit was not even asked for.
            #expect(handled.value < 1_000, "all 4,000 would be 120 MB")
            #expect(most.value < 1 << 20)
            _ = await sending.value
            await client.close()
        }
    }

    @Test func aLargeAnswerThatIsNotRead() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.write = .milliseconds(300)
        let large = [UInt8](repeating: 65, count: 32 << 20)
        try await withAttack(configuration) { _ in
            ServerResponse(body: .bytes(large))
        } _: { server, address in
            for connection in ["close", "keep-alive"] {
                let client = try await RawConnection(port: address.port, receiveBuffer: 4_096, isReading: false)
                try await client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: \(connection)\r\n\r\n")
                try await eventually("the answer waits") { server.heldBytes.unsent > 1 << 20 }
                try await eventually("the connection is closed") { server.openConnections == 1 }
                await client.close()
            }
        }
    }

    @Test func aReaderThatIsSlowButReadsIsNotIdle() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.idle = .milliseconds(300)
        let large = [UInt8](repeating: 65, count: 32 << 20)
        try await withServer(configuration) { _ in
            ServerResponse(body: .bytes(large))
        } _: { _, address in
            let client = try await RawConnection(port: address.port, receiveBuffer: 4_096, isReading: false)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try await Task.sleep(for: .milliseconds(1_000))
            try await client.startReading()
            try await eventually("all of it arrives") { client.isClosed || client.receivedBytes.count > 32 << 20 }
            #expect(client.receivedBytes.count > 32 << 20)
            await client.close()
        }
    }

    struct Chunks: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let chunks: String
        let status: String
    }

    @Test(arguments: [
        Chunks(testDescription: "a size of more than 64 bits", chunks: "FFFFFFFFFFFFFFFFF\r\nabc", status: "400"),
        Chunks(testDescription: "a negative size", chunks: "-1\r\nabc", status: "400"),
        Chunks(testDescription: "a huge size, and nothing", chunks: "7FFFFFFFFFFFFFFF\r\nabc", status: "408"),
        Chunks(
            testDescription: "a huge size, and more than is taken",
            chunks: "7FFFFFFFFFFFFFFF\r\n" + String(repeating: "x", count: 200_000), status: "413"),
        Chunks(
            testDescription: "more one-byte chunks than bytes are taken",
            chunks: String(repeating: "1\r\nx\r\n", count: 110_000), status: "413"),
        Chunks(
            testDescription: "an extension that does not end", chunks: "1;" + String(repeating: "x", count: 200_000),
            status: "4"),
        Chunks(
            testDescription: "trailers that do not end",
            chunks: "0\r\n" + String(repeating: "x: y\r\n", count: 20_000), status: "4"),
    ])
    func chunksOfAbuse(_ abuse: Chunks) async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.body = .milliseconds(500)
        configuration.limits.maximumBodyBytes = 100_000
        try await withAttack(configuration) { server, address in
            let client = try await RawConnection(port: address.port)
            // Fails where the server hangs up before it has all.
            try? await client.send(
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(abuse.chunks)")
            let text = try await client.receiveToEnd()
            #expect(text.hasPrefix("HTTP/1.1 \(abuse.status)"), "\(text.prefix(300))")
            try await eventually("the connection is gone") { server.openConnections == 1 }
            await client.close()
        }
    }

    @Test(arguments: [
        "GET /" + String(repeating: "a", count: 200_000),
        "GET / HTTP/1.1\r\n" + String(repeating: "a", count: 200_000),
        "GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "a: b\r\n", count: 20_000),
    ])
    func aHeadThatDoesNotEnd(start: String) async throws {
        try await withAttack { server, address in
            let client = try await RawConnection(port: address.port)
            // Fails where the server hangs up before it has all.
            try? await client.send(start)
            #expect(try await client.receiveToEnd().hasPrefix("HTTP/1.1 431 "))
            try await eventually("the connection is gone") { server.openConnections == 1 }
            await client.close()
        }
    }
}
