// What goes wrong on one stream, and stays there.

import HTTP2Engine
import HTTPTypes
import NIOCore
import Testing

@Suite struct StreamErrorTests {
    /// An application that guesses the id of a stream whose head is still on its way.
    @Test func callsForAStreamThatWasNotAnnouncedAreIgnored() throws {
        let raw = try RawClient()
        try raw.send(Raw.headers(1, Raw.request(), end: false, complete: false))
        try raw.server.respond(stream: 1, head: HTTPResponse(status: .ok), endStream: false)
        try raw.server.send(stream: 1, body(300 << 10, seed: 1), endStream: false)
        raw.server.reset(stream: 1, code: .cancel)
        try raw.read()
        #expect(raw.server.unsentBytes == 0)
        try raw.send(Raw.continuation(1, Raw.field("x", "y"), complete: true))
        #expect(raw.events.requestedStreams == [1] && raw.resets(of: 1).isEmpty)
        #expect(!raw.events.contains(.writable(stream: 1)))
    }

    @Test(arguments: [(2, "5"), (9, "5")])
    func contentLengthMismatch(sent: Int, declared: String) throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .post("/", [.contentLength: declared]), endStream: false)
        try pair.client.send(stream: stream, body(sent, seed: 1), endStream: true)
        try pair.run()
        #expect(pair.serverEvents.closes(of: stream) == [.protocolError])
        #expect(pair.serverEvents.isEnded(stream) == false)
        #expect(pair.clientEvents.closes(of: stream) == [.protocolError])
        let next = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        #expect(pair.serverEvents.isEnded(next), "the connection lives on")
    }

    @Test func aResponseToAClosedStreamIsIgnored() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        pair.client.reset(stream: stream, code: .cancel)
        try pair.run()
        #expect(pair.serverEvents.closes(of: stream) == [.cancel])
        try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
        try pair.server.send(stream: stream, body(10, seed: 1), endStream: false)
        try pair.server.sendTrailers(stream: stream, [.eTag: "x"])
        #expect(pair.server.bufferedBytes(stream: stream) == 0)
        try pair.server.respond(stream: 999, head: HTTPResponse(status: .ok), endStream: true)
        try pair.run()
        #expect(pair.clientEvents.response(stream) == nil)
        #expect(pair.clientEvents.closes(of: stream) == [.cancel])
    }

    @Test func aResponseThatCrossesAResetIsDropped() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
        try pair.server.send(stream: stream, body(300_000, seed: 1), endStream: true)
        pair.client.reset(stream: stream, code: .cancel)
        try pair.run()
        #expect(pair.clientEvents.body(of: stream).readableBytes == 0)
        #expect(pair.clientEvents.closes(of: stream) == [.cancel])
        #expect(pair.server.openStreamCount == 0)
    }

    @Test func resetBeforeTheRequestLeft() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .post(), endStream: false)
        try pair.client.send(stream: stream, body(1_000, seed: 1), endStream: true)
        pair.client.reset(stream: stream, code: .cancel)
        try pair.run()
        #expect(pair.clientEvents.closes(of: stream).count == 1)
        #expect(pair.serverEvents.requestedStreams.isEmpty)
        #expect(pair.client.openStreamCount == 0)
    }

    @Test func misuseIsRefused() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .post(), endStream: false)
        try pair.run()
        #expect(throws: HTTP2Error.notResponded(stream: stream)) {
            try pair.server.send(stream: stream, body(1, seed: 1), endStream: false)
        }
        try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
        #expect(throws: HTTP2Error.alreadyResponded(stream: stream)) {
            try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: false)
        }
        try pair.client.send(stream: stream, ByteBuffer(), endStream: true)
        #expect(throws: HTTP2Error.alreadyEnded(stream: stream)) {
            try pair.client.send(stream: stream, body(1, seed: 1), endStream: false)
        }
        #expect(throws: HTTP2Error.alreadyEnded(stream: stream)) { try pair.client.sendTrailers(stream: stream, [:]) }
    }

    /// The server answers at once, as a 413 would; the client keeps uploading.
    private func earlyAnswer(uploading count: Int, _ limits: SessionLimits) throws -> (Pair, Int32) {
        let pair = try Pair(server: limits)
        let stream = try pair.client.submit(head: .post(), endStream: false)
        try pair.client.send(stream: stream, body(count, seed: 1), endStream: true)
        pair.onServerEvent = { pair, event in
            guard case .requestHead(let stream, _, _) = event else { return }
            try pair.server.respond(stream: stream, head: HTTPResponse(status: .contentTooLarge), endStream: false)
            try pair.server.send(stream: stream, body(50, seed: 2), endStream: true)
        }
        try pair.run()
        #expect(pair.clientEvents.response(stream)?.status.code == 413)
        #expect(pair.clientEvents.body(of: stream) == body(50, seed: 2))
        #expect(pair.clientEvents.isEnded(stream))
        #expect(pair.clientEvents.closes(of: stream) == [.noError])
        #expect(pair.serverEvents.closes(of: stream) == [.noError])
        #expect(pair.client.openStreamCount == 0)
        #expect(pair.server.openStreamCount == 0)
        #expect(pair.serverEvents.violations.isEmpty)
        return (pair, stream)
    }

    @Test func theRestOfAnAnsweredUploadIsDropped() throws {
        var limits = SessionLimits()
        limits.streamWindowBytes = 10_000
        let (pair, stream) = try earlyAnswer(uploading: 1 << 20, limits)
        // What was read before the answer was out was given to the application; nothing after it, and no end.
        #expect(pair.serverEvents.body(of: stream).readableBytes < 200_000)
        #expect(!pair.serverEvents.isEnded(stream))
    }

    @Test func anAnsweredUploadWithoutEndIsStopped() throws {
        var limits = SessionLimits()
        limits.streamWindowBytes = 10_000
        limits.maximumDiscardedBytes = 100_000
        let (pair, stream) = try earlyAnswer(uploading: 8 << 20, limits)
        #expect(pair.client.bufferedBytes(stream: stream) == 0, "the queue went with the stream")
        let next = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        #expect(pair.clientEvents.closes(of: next) == [.noError], "the connection lives on")
    }

    @Test func aHeadThatIsTooLargeToSendFailsItsStream() throws {
        let pair = try Pair()
        var head = HTTPRequest.get()
        for index in 0..<20 {
            head.headerFields[HTTPField.Name("x-\(index)")!] = String(repeating: "v", count: 8_000)
        }
        let stream = try pair.client.submit(head: head, endStream: true)
        try pair.run()
        #expect(
            pair.clientEvents.closes(of: stream) == [.internalError], "not refusedStream: sending it again is no use")
        #expect(pair.clientEvents.failures.first?.contains("not sent") == true)

        let good = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        try pair.server.respond(
            stream: good, head: HTTPResponse(status: .ok, headerFields: head.headerFields), endStream: true)
        try pair.run()
        #expect(pair.clientEvents.closes(of: good) == [.internalError])
        #expect(pair.serverEvents.closes(of: good) == [.internalError])
        #expect(pair.serverEvents.failures.count == 1)
    }

    @Test func aResponseHeadOverTheClientsLimitFailsItsStreamOnly() throws {
        var limits = SessionLimits()
        limits.maximumHeaderListBytes = 1_000
        let pair = try Pair(client: limits)
        let stream = try pair.client.submit(head: .get(), endStream: true)
        try pair.run()
        let fields: HTTPFields = [.eTag: String(repeating: "e", count: 2_000)]
        try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok, headerFields: fields), endStream: true)
        try pair.run()
        #expect(pair.clientEvents.response(stream) == nil)
        #expect(pair.clientEvents.failures.first?.contains("the limit is 1000") == true)
        #expect(pair.clientEvents.closes(of: stream).count == 1)
        #expect(pair.clientEvents.violations.isEmpty)
    }

    @Test func anIncompleteHeadIsVisible() throws {
        let raw = try RawClient()
        let frame = Raw.headers(1, Raw.request(), end: true)
        #expect(!raw.server.isReceivingHead)
        try raw.send(Array(frame.prefix(20)))
        #expect(raw.server.isReceivingHead)
        try raw.send(Array(frame.dropFirst(20)))
        #expect(!raw.server.isReceivingHead)
        try raw.send(Raw.headers(3, Raw.request(), end: true, complete: false))
        #expect(raw.server.isReceivingHead)
        try raw.send(Raw.continuation(3, [], complete: true))
        #expect(!raw.server.isReceivingHead)
        // A block that turns out to be faulty is over, too.
        try raw.send(Raw.headers(5, Raw.field(":method", "GET"), end: true))
        #expect(!raw.server.isReceivingHead)
        #expect(raw.events.requestedStreams == [1, 3])
    }

    @Test func refusedRequestsAreTold() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .post(), endStream: true)
        try pair.run()
        pair.server.reset(stream: stream, code: .refusedStream)
        try pair.run()
        #expect(pair.clientEvents.closes(of: stream) == [.refusedStream])
        #expect(pair.clientEvents.response(stream) == nil)
    }

    @Test func limitsOutsideTheirRangeAreNamed() throws {
        var limits = SessionLimits()
        limits.connectionWindowBytes = 1_000
        let error = try #require(throws: HTTP2Error.self) { try ServerSession(limits: limits) }
        #expect(error == .invalidLimit(name: "connectionWindowBytes", value: 1_000, range: 65_535...0x7fff_ffff))
        #expect(error.description.contains("connectionWindowBytes is 1000"))
    }
}
