// The end of a connection: graceful with work in flight, abrupt, and what a client may send again.

import HTTP2Engine
import HTTPTypes
import NIOCore
import Testing

@Suite struct ShutdownTests {
    @Test func workInFlightIsFinished() throws {
        let pair = try Pair()
        let streams = try (0..<20).map { _ in try pair.client.submit(head: .get(), endStream: true) }
        try pair.run()

        try pair.server.shutdownNotice()
        try pair.run()
        #expect(pair.clientEvents.contains(.goAway(lastStream: .max, .noError, debug: "")))
        #expect(!pair.client.isAcceptingRequests)
        #expect(throws: HTTP2Error.goingAway) { try pair.client.submit(head: .get(), endStream: true) }
        #expect(pair.server.wantsRead)

        try pair.server.goAway()
        try pair.run()
        #expect(pair.server.wantsRead, "streams are open")
        for stream in streams {
            try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
            try pair.server.send(stream: stream, body(100_000, seed: UInt64(stream)), endStream: true)
        }
        pair.onClientEvent = { pair, event in
            if case .data(let stream, _, let count) = event { pair.client.consumed(stream: stream, bytes: count) }
        }
        try pair.run()
        for stream in streams {
            #expect(pair.clientEvents.body(of: stream) == body(100_000, seed: UInt64(stream)))
            #expect(pair.clientEvents.closes(of: stream) == [.noError])
        }
        #expect(!pair.server.wantsRead && !pair.server.wantsWrite)
        #expect(!pair.client.wantsRead && !pair.client.wantsWrite)
    }

    @Test func aRequestSentBeforeTheNoticeArrivedIsServed() throws {
        let pair = try Pair()
        try pair.run()
        try pair.server.shutdownNotice()
        let late = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        #expect(pair.serverEvents.requestedStreams == [late])
        try pair.server.goAway()
        try pair.server.respond(stream: late, head: HTTPResponse(status: .ok), endStream: true)
        try pair.run()
        #expect(pair.clientEvents.closes(of: late) == [.noError])
    }

    @Test func requestsAboveTheLastStreamAreRefusedAndMayBeSentAgain() throws {
        let pair = try Pair()
        let served = try pair.client.submit(head: .get("/1"), endStream: true)
        try pair.run()
        try pair.server.goAway()
        let refused = try pair.client.submit(head: .get("/2"), endStream: true)
        let unsent = try pair.client.submit(head: .post("/3"), endStream: false)
        try pair.client.send(stream: unsent, body(10, seed: 1), endStream: true)
        var requestBytes = ByteBuffer()
        try pair.client.drain(into: &requestBytes, limit: 1 << 16)
        let later = try pair.client.submit(head: .get("/4"), endStream: true)  // not drained before the GOAWAY arrives
        try pair.run()
        for stream in [refused, unsent, later] {
            #expect(pair.clientEvents.closes(of: stream) == [.refusedStream])
        }
        try pair.server.respond(stream: served, head: HTTPResponse(status: .ok), endStream: true)
        try pair.run()
        #expect(pair.clientEvents.closes(of: served) == [.noError])
        #expect(pair.client.openStreamCount == 0)
    }

    @Test func streamsOverTheLimitWaitAndAreThenServed() throws {
        var limits = SessionLimits()
        limits.maximumConcurrentStreams = 4
        let pair = try Pair(server: limits)
        try pair.run()
        #expect(pair.client.canSubmit)
        let streams = try (0..<10).map { _ in try pair.client.submit(head: .get(), endStream: true) }
        #expect(!pair.client.canSubmit)
        try pair.run()
        #expect(pair.serverEvents.requestedStreams == Array(streams.prefix(4)))
        pair.onServerEvent = { pair, event in
            guard case .requestHead(let stream, _, _) = event else { return }
            try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: true)
        }
        for stream in streams.prefix(4) {
            try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: true)
        }
        try pair.run()
        for stream in streams { #expect(pair.clientEvents.closes(of: stream) == [.noError]) }
        #expect(pair.client.canSubmit)
    }

    @Test func streamsOverTheLimitThatThePeerMayNotKnowYetAreRefused() throws {
        var limits = SessionLimits()
        limits.maximumConcurrentStreams = 2
        let raw = try RawClient(limits: limits)
        for stream: Int32 in [1, 3, 5] { try raw.send(Raw.headers(stream, Raw.request(), end: true)) }
        #expect(raw.events.requestedStreams == [1, 3])
        #expect(raw.resets(of: 5) == [.refusedStream])
        #expect(raw.events.closes(of: 5).isEmpty, "the application never heard of it")
        #expect(raw.server.openStreamCount == 2)
    }

    @Test func terminateReportsEveryOpenStreamAndSaysWhy() throws {
        let pair = try Pair()
        let streams = try (0..<3).map { _ in try pair.client.submit(head: .get(), endStream: true) }
        try pair.run()
        pair.server.terminate(.enhanceYourCalm, reason: "grace period over")
        try pair.run()
        for stream in streams {
            #expect(pair.serverEvents.closes(of: stream) == [.enhanceYourCalm])
        }
        #expect(pair.clientEvents.contains(.goAway(lastStream: 5, .enhanceYourCalm, debug: "grace period over")))
        #expect(!pair.server.wantsRead && !pair.server.wantsWrite)
        // Whatever the application still does is ignored.
        try pair.server.respond(stream: streams[0], head: HTTPResponse(status: .ok), endStream: true)
        try pair.server.send(stream: streams[0], body(3, seed: 1), endStream: true)
        pair.server.consumed(stream: streams[0], bytes: 3)
        pair.server.reset(stream: streams[0], code: .cancel)
        try pair.server.ping()
        try pair.server.goAway()
        try pair.server.shutdownNotice()
        pair.server.terminate(.internalError)
        var bytes = ByteBuffer()
        try pair.server.drain(into: &bytes, limit: 1_000)
        #expect(bytes.readableBytes == 0)
        #expect(try pair.server.receive(ByteBuffer(bytes: Raw.ping)).isEmpty)
    }

    @Test func theClientSaysGoodbye() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        try pair.client.goAway()
        try pair.run()
        #expect(pair.client.wantsRead, "a response is owed")
        try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: true)
        try pair.run()
        #expect(!pair.client.wantsRead && !pair.client.wantsWrite)
        #expect(!pair.server.wantsRead && !pair.server.wantsWrite)
    }
}
