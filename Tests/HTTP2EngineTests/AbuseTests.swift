// Peers that send what costs us more than them. Each kind is cut off at its limit, with a GOAWAY that says why; the same frames at a
// civil pace are served.

import HTTP2Engine
import HTTPTypes
import NIOCore
import Testing

@Suite struct AbuseTests {
    /// Sends `step(0)`, `step(1)`, .. until the server has had enough, and returns how many it took.
    private func flood(_ raw: RawClient, upTo bound: Int, reading: Bool = true, _ step: (Int) -> [UInt8]) throws -> Int
    {
        for index in 0..<bound {
            try raw.send(step(index), reading: reading)
            if !raw.server.wantsRead { return index + 1 }
        }
        return bound
    }

    private func expectCutOff(_ raw: RawClient, _ violation: SessionViolation) throws {
        try raw.read()
        #expect(raw.events.violations == [violation])
        #expect(raw.goAway?.code == .enhanceYourCalm)
        #expect(raw.goAway?.debug == violation.description)
        #expect(raw.isFinished)
        #expect(try raw.server.receive(ByteBuffer(bytes: Raw.ping)).isEmpty, "nothing is read any more")
    }

    private func request(_ index: Int, end: Bool = false) -> [UInt8] {
        Raw.headers(Int32(index * 2 + 1), Raw.request(), end: end)
    }

    @Test func rapidReset() throws {
        let raw = try RawClient()
        let count = try flood(raw, upTo: 3_000) { request($0) + Raw.reset(Int32($0 * 2 + 1)) }
        #expect(count == 101)
        try expectCutOff(raw, .resetFlood)
        // Every request that the application heard of is reported closed, exactly once.
        #expect(raw.events.requestedStreams.count == 101)
        for stream in raw.events.requestedStreams { #expect(raw.events.closes(of: stream).count == 1) }
    }

    @Test func resetsAtACivilPaceAreServed() throws {
        let raw = try RawClient()
        let count = try flood(raw, upTo: 400) { index in
            raw.time.advance(by: .milliseconds(60))
            return request(index) + Raw.reset(Int32(index * 2 + 1))
        }
        #expect(count == 400)
        #expect(raw.events.violations.isEmpty)
    }

    @Test func pingFlood() throws {
        let raw = try RawClient()
        #expect(try flood(raw, upTo: 3_000) { _ in Raw.ping } == 201)
        try expectCutOff(raw, .pingFlood)
    }

    @Test func pingFloodInOneReadWithoutReading() throws {
        let raw = try RawClient()
        try raw.send((0..<3_000).flatMap { _ in Raw.ping }, reading: false)
        try expectCutOff(raw, .pingFlood)
    }

    @Test func pingsAtACivilPaceAreAnswered() throws {
        let raw = try RawClient()
        let count = try flood(raw, upTo: 1_000) { _ in
            raw.time.advance(by: .milliseconds(200))
            return Raw.ping
        }
        #expect(count == 1_000)
        #expect(raw.frames.filter { $0.type == 6 && $0.flags == 1 }.count == 1_000)
    }

    @Test func settingsFlood() throws {
        let raw = try RawClient()
        #expect(try flood(raw, upTo: 3_000) { _ in Raw.settings } == 200, "one came with the preface")
        try expectCutOff(raw, .settingsFlood)
    }

    @Test func emptyDataFlood() throws {
        let raw = try RawClient()
        try raw.send(request(0))
        #expect(try flood(raw, upTo: 3_000) { _ in Raw.data(1, []) } == 201)
        try expectCutOff(raw, .emptyDataFlood)
    }

    @Test func paddingWithoutDataCountsAsEmpty() throws {
        let raw = try RawClient()
        try raw.send(request(0))
        let padded = Raw.frame(type: 0, flags: 8, stream: 1, [200] + [UInt8](repeating: 0, count: 200))
        #expect(try flood(raw, upTo: 3_000) { _ in padded } == 201)
        try expectCutOff(raw, .emptyDataFlood)
    }

    @Test func floodOfSingleBytes() throws {
        var limits = SessionLimits()
        limits.smallData = .init(burst: 1_000, perSecond: 100)
        let raw = try RawClient(limits: limits)
        try raw.send(request(0))
        #expect(try flood(raw, upTo: 3_000) { _ in Raw.data(1, [1]) } == 1_001)
        try expectCutOff(raw, .smallDataFlood)
    }

    @Test func singleBytesThatArriveTogetherAreOneEvent() throws {
        let raw = try RawClient()
        try raw.send(request(0) + (0..<1_000).flatMap { _ in Raw.data(1, [7]) })
        let pieces = raw.events.filter { if case .data = $0 { true } else { false } }
        #expect(pieces == [.data(stream: 1, ByteBuffer(repeating: 7, count: 1_000), flowControlledBytes: 1_000)])
    }

    @Test func priorityFlood() throws {
        let raw = try RawClient()
        #expect(try flood(raw, upTo: 3_000) { _ in Raw.frame(type: 2, stream: 1, [0, 0, 0, 0, 16]) } == 201)
        try expectCutOff(raw, .priorityFlood)
    }

    @Test func windowUpdateFlood() throws {
        let raw = try RawClient()
        #expect(try flood(raw, upTo: 30_000) { _ in Raw.windowUpdate(0, 1) } == 20_001)
        try expectCutOff(raw, .windowUpdateFlood)
    }

    @Test func windowUpdatesForWhatWasSentAreFree() throws {
        var limits = SessionLimits()
        limits.windowUpdates = .init(burst: 1, perSecond: 0)
        let raw = try RawClient(limits: limits)
        try raw.send(request(0, end: true))
        try raw.server.respond(stream: 1, head: HTTPResponse(status: .ok), endStream: false)
        try raw.server.send(stream: 1, body(400 << 10, seed: 1), endStream: true)
        try raw.read()
        var opened = 0
        while raw.server.bufferedBytes(stream: 1) > 0 {
            let sent = raw.frames.filter { $0.type == 0 }.reduce(0) { $0 + $1.payload.count }
            let step = UInt32(sent - opened)
            opened = sent
            try raw.send(Raw.windowUpdate(0, step) + Raw.windowUpdate(1, step))
        }
        #expect(raw.events.violations.isEmpty)
        #expect(raw.frames.filter { $0.type == 0 }.reduce(0) { $0 + $1.payload.count } == 400 << 10)
    }

    @Test func goAwayFlood() throws {
        let raw = try RawClient()
        // Without an open stream, the first ends the connection.
        try raw.send(request(0))
        let goAway = Raw.frame(type: 7, [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 65, count: 1_000))
        #expect(try flood(raw, upTo: 100) { _ in goAway } == 21)
        try expectCutOff(raw, .goAwayFlood)
    }

    @Test func unsentBytesAreThoseOfAllStreams() throws {
        let raw = try RawClient()
        try raw.send(Raw.frame(type: 4, [0, 4] + Raw.bigEndian(1_000)))
        try raw.send((0..<3).flatMap { request($0, end: true) })
        for stream: Int32 in [1, 3, 5] {
            try raw.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
            try raw.server.send(stream: stream, body(10_000, seed: 1), endStream: true)
        }
        #expect(raw.server.unsentBytes == 30_000)
        try raw.read()
        #expect(raw.server.unsentBytes == 27_000 && raw.server.takenBytes(stream: 1) == 1_000)
        try raw.send(Raw.reset(1))
        #expect(raw.server.unsentBytes == 18_000)
        raw.server.terminate(.noError)
        #expect(raw.server.unsentBytes == 0)
    }

    @Test func unknownExtensionsAreIgnored() throws {
        let raw = try RawClient()
        #expect(try flood(raw, upTo: 1_000) { _ in Raw.frame(type: 0xfa, [1, 2, 3]) } == 1_000)
        try raw.send(request(0, end: true))
        #expect(raw.events.requestedStreams == [1])
    }

    @Test func continuationFlood() throws {
        let raw = try RawClient()
        try raw.send(Raw.headers(1, Raw.request(), end: true, complete: false))
        let count = try flood(raw, upTo: 3_000) { Raw.continuation(1, Raw.field("x-\($0)", "y"), complete: false) }
        #expect(count <= 10)
        try expectCutOff(raw, .continuationFlood)
        #expect(raw.events.requestedStreams.isEmpty)
    }

    @Test func headersSplitIntoAFewContinuationsAreServed() throws {
        let raw = try RawClient()
        try raw.send(Raw.headers(1, Raw.request(), end: true, complete: false))
        for index in 0..<7 { try raw.send(Raw.continuation(1, Raw.field("x-\(index)", "y"), complete: false)) }
        try raw.send(Raw.continuation(1, Raw.field("x-7", "y"), complete: true))
        #expect(raw.events.requestedStreams == [1])
        #expect(raw.events.request(1)?.headerFields.count == 8)
    }

    @Test(arguments: ["content-length", "window overflow", "malformed head"])
    func faultsThatMakeTheServerReset(fault: String) throws {
        let raw = try RawClient()
        let count = try flood(raw, upTo: 3_000) { index in
            let stream = Int32(index * 2 + 1)
            switch fault {
            case "content-length":
                return Raw.headers(stream, Raw.request("POST", [("content-length", "2")]), end: false)
                    + Raw.data(stream, [1, 2, 3], end: true)
            case "window overflow":
                return request(index) + Raw.windowUpdate(stream, 0x7fff_ffff)
            default:
                return Raw.headers(stream, Raw.field(":method", "GET"), end: true)
            }
        }
        #expect((200...202).contains(count), "\(count)")
        try raw.read()
        #expect(raw.events.violations == [.provokedResetFlood])
        #expect(raw.goAway?.code == .enhanceYourCalm)
        #expect(raw.isFinished)
    }

    @Test func faultsWithoutReadingTheResets() throws {
        let raw = try RawClient()
        let count = try flood(raw, upTo: 3_000, reading: false) { index in
            Raw.headers(Int32(index * 2 + 1), Raw.field(":method", "GET"), end: true)
        }
        #expect(count == 201)
        try expectCutOff(raw, .provokedResetFlood)
    }

    @Test func resetsThatTheApplicationAsksForAreFree() throws {
        let raw = try RawClient()
        let count = try flood(raw, upTo: 1_000) { index in
            if index > 0 { raw.server.reset(stream: Int32(index * 2 - 1), code: .cancel) }
            return request(index)
        }
        #expect(count == 1_000)
        #expect(raw.events.violations.isEmpty)
        #expect(raw.resets(of: 1) == [.cancel])
    }

    @Test func aHeaderListOverTheLimitIsAnswered431() throws {
        let raw = try RawClient()
        let large = (0..<5).map { ("x-\($0)", String(repeating: "v", count: 4_000)) }
        try raw.send(headerFrames(stream: 1, Raw.request("POST", large)))
        try raw.send(Raw.data(1, [1, 2, 3]))
        try raw.send(Raw.headers(3, Raw.request(), end: true))
        #expect(raw.events.requestedStreams == [3], "the connection lives on, the application did not see stream 1")
        let answer = raw.frames.first { $0.type == 1 && $0.stream == 1 }
        #expect(answer.map { $0.flags & 1 } == 1)
        try raw.send(Raw.data(1, [1, 2, 3], end: true))
        #expect(raw.server.openStreamCount == 1, "stream 3")
        #expect(raw.resets(of: 1).isEmpty)
    }

    @Test func aClientSeesThe431() throws {
        let pair = try Pair()
        var head = HTTPRequest.post()
        for index in 0..<5 {
            head.headerFields[HTTPField.Name("x-\(index)")!] = String(repeating: "v", count: 4_000)
        }
        let stream = try pair.client.submit(head: head, endStream: false)
        try pair.client.send(stream: stream, body(2 << 20, seed: 1), endStream: true)
        try pair.run()
        #expect(pair.clientEvents.response(stream)?.status.code == 431)
        #expect(pair.clientEvents.closes(of: stream) == [.noError])
        #expect(pair.serverEvents.requestedStreams.isEmpty)
        #expect(pair.server.openStreamCount == 0)
    }

    @Test func headerBomb() throws {
        let raw = try RawClient()
        // One field of 4,000 bytes goes into the table, then each further byte on the wire repeats it.
        let bomb =
            Raw.field("x-bomb", String(repeating: "b", count: 3_900), indexed: true)
            + [UInt8](repeating: 0xbe, count: 8_000)
        try raw.send(Raw.headers(1, Raw.request() + bomb, end: true))
        try expectCutOff(raw, .headerBomb)
        #expect(raw.events.requestedStreams.isEmpty)
    }

    @Test func connectionErrorsOfHTTP2AreReported() throws {
        let raw = try RawClient()
        try raw.send(request(0, end: true))
        try raw.send(Raw.windowUpdate(0, 0))
        #expect(raw.goAway?.code == .protocolError)
        guard case .protocolError(.protocolError, let reason)? = raw.events.violations.first else {
            Issue.record("no violation: \(raw.events)")
            return
        }
        #expect(!reason.isEmpty)
        #expect(raw.events.closes(of: 1) == [.protocolError])
        #expect(raw.isFinished)
    }

    @Test func clientsAreGuardedToo() throws {
        let client = try ClientSession()
        _ = try client.receive(ByteBuffer(bytes: Raw.settings))
        let events = try client.receive(ByteBuffer(bytes: (0..<300).flatMap { _ in Raw.ping }))
        #expect(events.violations == [.pingFlood])
        var bytes = ByteBuffer()
        try client.drain(into: &bytes, limit: 1_000)
        #expect(!client.wantsRead && !client.wantsWrite)
    }

    @Test func unreadResponsesStayInTheQueue() throws {
        // A peer that never opens its window: what the application queued waits, and nothing but the head leaves.
        let raw = try RawClient()
        try raw.send(Raw.frame(type: 4, [0, 4] + Raw.bigEndian(0)))
        try raw.send(request(0, end: true))
        try raw.server.respond(stream: 1, head: HTTPResponse(status: .ok), endStream: false)
        try raw.server.send(stream: 1, body(1 << 20, seed: 1), endStream: true)
        try raw.read()
        #expect(raw.server.bufferedBytes(stream: 1) == 1 << 20)
        #expect(raw.frames.filter { $0.type == 0 }.isEmpty)
    }

    private func headerFrames(stream: Int32, _ block: [UInt8]) -> [UInt8] {
        let pieces = stride(from: 0, to: block.count, by: 16_000).map {
            Array(block[$0..<min($0 + 16_000, block.count)])
        }
        return pieces.enumerated().flatMap { index, piece in
            let isLast = index == pieces.count - 1
            return index == 0
                ? Raw.headers(stream, piece, end: false, complete: isLast)
                : Raw.continuation(stream, piece, complete: isLast)
        }
    }
}
