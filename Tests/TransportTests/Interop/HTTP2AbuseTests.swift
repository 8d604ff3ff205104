import HTTPTypes
import Logging
import Testing
import Transport

/// Abuse of HTTP/2 over real sockets: the attacker is cut off with the code that says why, holds no more than it may, and the client beside
/// it is served.
@Suite struct InteropHTTP2AbuseTests {
    private static let enhanceYourCalm: UInt32 = 11

    struct Flood: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// As the server's log has it.
        let violation: String
        var count = 3_000
        let frame: @Sendable (Int) -> [UInt8]
    }

    private static let floods: [Flood] = [
        Flood(testDescription: "rapid reset (CVE-2023-44487)", violation: "resetFlood") { index in
            let stream = UInt32(index * 2 + 1)
            return RawHTTP2.request(stream: stream, method: "GET", ends: true) + RawHTTP2.reset(stream: stream)
        },
        Flood(testDescription: "faults that make the server reset (CVE-2025-8671)", violation: "provokedResetFlood") {
            index in
            let stream = UInt32(index * 2 + 1)
            return RawHTTP2.request(stream: stream, ends: false)
                + RawHTTP2.windowUpdate(stream: stream, 0x7fff_ffff)
        },
        Flood(testDescription: "CONTINUATION (CVE-2024-27316)", violation: "continuationFlood") { index in
            index == 0
                ? RawHTTP2.frame(type: 1, stream: 1, RawHTTP2.requestBlock())
                : RawHTTP2.frame(type: 9, stream: 1, [0, 1, 0x78, 1, 0x79])
        },
        Flood(testDescription: "PING", violation: "pingFlood") { _ in RawHTTP2.ping },
        Flood(testDescription: "SETTINGS", violation: "settingsFlood") { _ in RawHTTP2.settings },
        Flood(testDescription: "empty DATA", violation: "emptyDataFlood") { index in
            index == 0 ? RawHTTP2.request(stream: 1, ends: false) : RawHTTP2.data(stream: 1, [])
        },
        Flood(testDescription: "DATA of one byte", violation: "smallDataFlood", count: 60_000) { index in
            index == 0 ? RawHTTP2.request(stream: 1, ends: false) : RawHTTP2.data(stream: 1, [1])
        },
        Flood(testDescription: "PRIORITY", violation: "priorityFlood") { _ in
            RawHTTP2.frame(type: 2, stream: 1, [0, 0, 0, 0, 16])
        },
        Flood(testDescription: "WINDOW_UPDATE", violation: "windowUpdateFlood", count: 60_000) { _ in
            RawHTTP2.windowUpdate(stream: 0, 1)
        },
        Flood(testDescription: "GOAWAY", violation: "goAwayFlood") { index in
            // Without an open stream, the first ends the connection.
            index == 0
                ? RawHTTP2.request(stream: 1, ends: false)
                : RawHTTP2.frame(type: 7, [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 65, count: 1_000))
        },
        Flood(testDescription: "header bomb", violation: "headerBomb", count: 1) { _ in
            // One field of nearly 4 KB goes into the table, and each further byte repeats it (RFC 7541 section 6.1).
            let name: [UInt8] = [0x40, 1, 0x78]
            let value: [UInt8] = [0x7f, 0xbd, 0x1d] + [UInt8](repeating: 98, count: 3_900)
            let block = RawHTTP2.requestBlock() + name + value + [UInt8](repeating: 0xbe, count: 8_000)
            return RawHTTP2.frame(type: 1, flags: 5, stream: 1, block)
        },
    ]

    @Test(arguments: floods)
    func aFloodEndsTheConnection(_ flood: Flood) async throws {
        // The default, patient configuration: it is the flood that ends the connection, not a timeout.
        let log = LogRecorder()
        try await withAttack(logger: log.logger) { server, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(RawHTTP2.preface)
            for start in stride(from: 0, to: flood.count, by: 1_000) where !client.isClosed {
                let frames = (start..<min(start + 1_000, flood.count)).flatMap { flood.frame($0) }
                // Fails once the server has hung up, which is what the test waits for.
                try? await client.send(frames)
            }
            try await eventually("the connection is closed") { client.isClosed && server.openConnections == 1 }
            // A client that still writes when the other side has closed may not get to read its last words.
            let code = RawHTTP2.goAwayCode(in: client.receivedBytes)
            #expect(code == Self.enhanceYourCalm || code == nil && flood.count > 1)
            await client.close()
        }
        let warnings = log.lines(at: .warning)
        #expect(warnings.count == 1 && warnings[0].contains(flood.violation), "\(warnings)")
    }

    @Test func manyBombsOfHeadersAreRefusedOneByOne() async throws {
        // Below what ends the connection, above what is taken: 431 each, and nothing is kept.
        let fields = (0..<40).map { ("x-\($0)", String(repeating: "v", count: 100)) }
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumHeaderBytes = 4_096
        try await withAttack(configuration) { server, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(
                RawHTTP2.preface
                    + (0..<300).flatMap { RawHTTP2.request(stream: UInt32($0 * 2 + 1), fields, ends: true) })
            try await eventually("all are answered") {
                RawHTTP2.frames(in: client.receivedBytes).count { $0.type == 1 && $0.flags & 1 == 1 } == 300
            }
            #expect(server.runningRequests <= 1, "the handlers did not see them")
            await client.close()
        }
    }

    @Test func aHeaderThatTrickles() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.header = .milliseconds(300)
        try await withAttack(configuration) { server, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(RawHTTP2.preface)
            let fields = [("x", String(repeating: "v", count: 100))]
            let header = (0..<20).flatMap { _ in RawHTTP2.requestBlock(fields) }
            try await client.trickle(RawHTTP2.frame(type: 1, flags: 5, stream: 1, header))
            try await eventually("the connection is closed") { client.isClosed && server.openConnections == 1 }
            await client.close()
        }
    }

    @Test func aBodyThatTrickles() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.body = .milliseconds(300)
        configuration.limits.minimumBytesPerSecond = 1_000
        try await withAttack(configuration) { server, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(RawHTTP2.preface + RawHTTP2.request(stream: 1, ends: false))
            let said = { @Sendable in String(decoding: client.receivedBytes, as: UTF8.self) }
            // Never silent for as long as the timeout.
            for _ in 0..<1_000 where !said().contains("too slowly") {
                try await client.send(RawHTTP2.data(stream: 1, [1]))
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(said().contains("with 1000 bytes a second"), "the problem document of the 408")
            await client.close()
        }
    }

    /// 64 streams that each ask for a megabyte, and a window of nothing.
    @Test func responsesThatAreNotTaken() async throws {
        let outcomes = OutcomeRecorder()
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumUnsentBytesPerConnection = 4 << 20
        configuration.timeouts.write = .seconds(4)
        let large = [UInt8](repeating: 65, count: 1 << 20)
        try await withAttack(configuration, observer: outcomes) { _ in
            ServerResponse(body: .bytes(large))
        } _: { server, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(RawHTTP2.preface + RawHTTP2.frame(type: 4, [0, 4, 0, 0, 0, 0]))
            for index in 0..<64 {
                try await client.send(
                    RawHTTP2.request(stream: UInt32(index * 2 + 1), method: "GET", ends: true))
                // One by one, so that each sees what the ones before have left.
                try await eventually("it is answered") { outcomes.count { $0.method == .get } == index + 1 }
            }
            #expect(outcomes.count { $0.method == .get && $0.status == 200 } == 4)
            #expect(outcomes.count { $0.status == 503 && $0.outcome == .shed } == 60)
            #expect(server.heldBytes.unsent < 5 << 20)
            try await eventually("the streams are reset") {
                (0..<64).allSatisfy {
                    !RawHTTP2.resetCodes(of: UInt32($0 * 2 + 1), in: client.receivedBytes).isEmpty
                }
            }
            await client.close()
        }
    }

    @Test func allConnectionsTogetherHoldNoMoreThanTheServerMay() async throws {
        let outcomes = OutcomeRecorder()
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumUnsentBytes = 4 << 20
        let large = [UInt8](repeating: 65, count: 1 << 20)
        try await withServer(configuration, observer: outcomes) { _ in
            ServerResponse(body: .bytes(large))
        } _: { server, address in
            var clients: [RawConnection] = []
            for index in 0..<12 {
                let client = try await RawConnection(port: address.port)
                try await client.send(
                    RawHTTP2.preface + RawHTTP2.frame(type: 4, [0, 4, 0, 0, 0, 0])
                        + RawHTTP2.request(stream: 1, method: "GET", ends: true))
                try await eventually("it is answered") { outcomes.count { _ in true } == index + 1 }
                clients.append(client)
            }
            #expect(outcomes.count { $0.status == 200 } == 4)
            #expect(outcomes.count { $0.status == 503 } == 8)
            for client in clients { await client.close() }
            try await eventually("all is given back") { server.heldBytes.unsent == 0 }
        }
    }

    @Test func aWindowThatOpensAByteAtATime() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.write = .milliseconds(300)
        configuration.limits.minimumBytesPerSecond = 1_000
        try await withAttack(configuration) { _ in
            ServerResponse(body: .bytes([UInt8](repeating: 65, count: 100_000)))
        } _: { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(
                RawHTTP2.preface + RawHTTP2.frame(type: 4, [0, 4, 0, 0, 0, 0])
                    + RawHTTP2.request(stream: 1, method: "GET", ends: true))
            for _ in 0..<1_000 where RawHTTP2.resetCodes(of: 1, in: client.receivedBytes).isEmpty {
                try await client.send(RawHTTP2.windowUpdate(stream: 1, 1))
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(RawHTTP2.resetCodes(of: 1, in: client.receivedBytes) == [8], "CANCEL")
            await client.close()
        }
    }
}
