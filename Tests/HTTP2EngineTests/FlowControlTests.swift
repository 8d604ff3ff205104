// Windows: nothing is lost or stuck when they are tiny, a slow reader holds up only its own stream, and no byte of window leaks.

import HTTP2Engine
import HTTPTypes
import NIOCore
import Testing

@Suite struct FlowControlTests {
    /// Answers every request with its own body, piece by piece.
    private func echo(_ pair: Pair, consumes: @escaping (Int32) -> Bool = { _ in true }) {
        pair.onServerEvent = { pair, event in
            switch event {
            case .requestHead(let stream, _, _):
                try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
            case .data(let stream, let bytes, let count):
                try pair.server.send(stream: stream, bytes, endStream: false)
                if consumes(stream) { pair.server.consumed(stream: stream, bytes: count) }
            case .end(let stream):
                try pair.server.send(stream: stream, ByteBuffer(), endStream: true)
            default:
                break
            }
        }
        pair.onClientEvent = { pair, event in
            if case .data(let stream, _, let count) = event { pair.client.consumed(stream: stream, bytes: count) }
        }
    }

    @Test(arguments: [Delivery.whole, .random(seed: 9)])
    func largeBodiesBothWaysThroughTinyWindows(delivery: Delivery) throws {
        var limits = SessionLimits()
        limits.streamWindowBytes = 4_000
        limits.connectionWindowBytes = 65_535
        let pair = try Pair(server: limits, client: limits, delivery: delivery)
        echo(pair)
        let bodies = (0..<6).map { body(4 << 20, seed: UInt64($0)) }
        var streams: [Int32] = []
        for content in bodies {
            let stream = try pair.client.submit(head: .post(), endStream: false)
            try pair.client.send(stream: stream, content, endStream: true)
            streams.append(stream)
        }
        try pair.run()
        for (stream, content) in zip(streams, bodies) {
            #expect(pair.serverEvents.body(of: stream) == content)
            #expect(pair.clientEvents.body(of: stream) == content)
            #expect(pair.clientEvents.closes(of: stream) == [.noError])
        }
        #expect(pair.server.openStreamCount == 0)
    }

    @Test func aSlowReaderStallsItsOwnStreamOnly() throws {
        var limits = SessionLimits()
        limits.streamWindowBytes = 10_000
        limits.connectionWindowBytes = 100_000
        let pair = try Pair(server: limits)
        try pair.run()  // the server's SETTINGS apply once they have arrived
        let slow = try pair.client.submit(head: .post("/slow"), endStream: false)
        echo(pair, consumes: { $0 != slow })
        let content = body(50_000, seed: 1)
        try pair.client.send(stream: slow, content, endStream: true)
        try pair.run()
        #expect(pair.serverEvents.body(of: slow).readableBytes == 10_000)

        for index in 0..<20 {
            let fast = try pair.client.submit(head: .post("/fast"), endStream: false)
            try pair.client.send(stream: fast, body(50_000, seed: UInt64(index)), endStream: true)
            try pair.run()
            #expect(pair.clientEvents.isEnded(fast))
        }
        let isSlowEnded = pair.serverEvents.isEnded(slow)
        #expect(!isSlowEnded)

        // The reader wakes up.
        var given = 0
        while !pair.serverEvents.isEnded(slow) && given < 50_000 {
            pair.server.consumed(stream: slow, bytes: 5_000)
            given += 5_000
            try pair.run()
        }
        #expect(pair.clientEvents.body(of: slow) == content)
        #expect(pair.clientEvents.closes(of: slow) == [.noError])
    }

    @Test func bytesOfResetStreamsGoBackToTheConnection() throws {
        var limits = SessionLimits()
        limits.streamWindowBytes = 20_000
        limits.connectionWindowBytes = 65_535
        limits.receivedResets = .init(burst: 10_000, perSecond: 1)
        let pair = try Pair(server: limits)
        // Nobody consumes anything: every stream is reset in the middle of its body, by one side or the other, with bytes under way.
        for index in 0..<100 {
            let stream = try pair.client.submit(head: .post(), endStream: false)
            try pair.client.send(stream: stream, body(30_000, seed: 1), endStream: true)
            if index % 2 == 0 {
                try pair.run()
                pair.client.reset(stream: stream, code: .cancel)
            } else {
                try pair.moveToServer()
                pair.server.reset(stream: stream, code: .refusedStream)
            }
            try pair.run()
            #expect(pair.serverEvents.closes(of: stream).count == 1)
            pair.forgetEvents()
        }
        echo(pair)
        let content = body(1_000, seed: 7)
        for _ in 0..<1_000 {
            let stream = try pair.client.submit(head: .post(), endStream: false)
            try pair.client.send(stream: stream, content, endStream: true)
            try pair.run()
            #expect(pair.clientEvents.body(of: stream) == content)
            pair.forgetEvents()
        }
        #expect(pair.server.openStreamCount == 0)
        #expect(pair.client.openStreamCount == 0)
    }

    @Test func bytesUnreadAtTheCloseGoBackToTheConnection() throws {
        var limits = SessionLimits()
        limits.connectionWindowBytes = 65_535
        let pair = try Pair(client: limits)
        pair.onServerEvent = { pair, event in
            guard case .requestHead(let stream, _, _) = event else { return }
            try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
            try pair.server.send(stream: stream, body(30_000, seed: 3), endStream: true)
        }
        // The client never consumes; each response leaves 30,000 bytes that a leaking window would lose for good.
        for _ in 0..<50 {
            let stream = try pair.client.submit(head: .get(), endStream: true)
            try pair.run()
            #expect(pair.clientEvents.isEnded(stream))
            pair.client.consumed(stream: stream, bytes: 30_000)  // late: ignored
        }
    }

    @Test func consumingMoreThanWasReceivedDoesNotOpenTheWindow() throws {
        var limits = SessionLimits()
        limits.streamWindowBytes = 1_000
        let pair = try Pair(server: limits)
        try pair.run()
        let stream = try pair.client.submit(head: .post(), endStream: false)
        try pair.client.send(stream: stream, body(10_000, seed: 1), endStream: true)
        try pair.run()
        #expect(pair.serverEvents.body(of: stream).readableBytes == 1_000)
        pair.server.consumed(stream: stream, bytes: 1_000_000)
        try pair.run()
        #expect(pair.serverEvents.body(of: stream).readableBytes == 2_000)
    }

    @Test func writableComesWhenTheQueueHasDrained() throws {
        var limits = SessionLimits()
        limits.outboundHighWatermark = 50_000
        limits.outboundLowWatermark = 10_000
        let pair = try Pair(server: limits)
        let stream = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
        try pair.server.send(stream: stream, body(49_999, seed: 1), endStream: false)
        try pair.run()
        #expect(!pair.serverEvents.contains(.writable(stream: stream)))
        try pair.server.send(stream: stream, body(50_000, seed: 1), endStream: false)
        #expect(pair.server.bufferedBytes(stream: stream) == 50_000)
        try pair.run()
        #expect(pair.serverEvents.filter { $0 == .writable(stream: stream) }.count == 1)
        #expect(pair.server.bufferedBytes(stream: stream) == 0)
    }

    @Test func concurrentResponsesTakeTurns() throws {
        let pair = try Pair()
        let first = try pair.client.submit(head: .get("/1"), endStream: true)
        let second = try pair.client.submit(head: .get("/2"), endStream: true)
        try pair.run()
        for stream in [first, second] {
            try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
            try pair.server.send(stream: stream, body(400_000, seed: 1), endStream: true)
        }
        var bytes = ByteBuffer()
        try pair.server.drain(into: &bytes, limit: 400_000)
        // Half of the bytes are out: with turns both are half done, without them one would be finished and the other not begun.
        let left = [first, second].map { pair.server.bufferedBytes(stream: $0) }
        #expect(abs(left[0] - left[1]) <= 32_768, "\(left)")
    }
}
