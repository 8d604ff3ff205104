// Requests and responses between our own two sessions, however the bytes are cut.

import HTTP2Engine
import HTTPTypes
import NIOCore
import Testing

@Suite struct ExchangeTests {
    @Test(arguments: [Delivery.whole, .pieces(1), .random(seed: 1), .random(seed: 2), .random(seed: 3)])
    func headBodyAndTrailersArriveAsSent(delivery: Delivery) throws {
        let pair = try Pair(delivery: delivery)
        let requestHead = HTTPRequest.post(
            "/v1/score?x=%20", [.contentType: "application/json", .acceptEncoding: "zstd"])
        let requestBody = body(20_000, seed: 1)
        let responseBody = body(30_000, seed: 2)
        let stream = try pair.client.submit(head: requestHead, endStream: false)
        try pair.client.send(stream: stream, requestBody, endStream: true)
        pair.onServerEvent = { pair, event in
            guard case .end(let stream) = event else { return }
            try pair.server.respond(
                stream: stream, head: HTTPResponse(status: .ok, headerFields: [.contentType: "text/plain"]),
                endStream: false)
            try pair.server.send(stream: stream, responseBody, endStream: false)
            try pair.server.sendTrailers(stream: stream, [.eTag: "abc"])
        }
        try pair.run()

        #expect(pair.serverEvents.request(stream) == requestHead)
        #expect(pair.serverEvents.body(of: stream) == requestBody)
        #expect(pair.serverEvents.last == .closed(stream: stream, .noError))
        #expect(pair.clientEvents.response(stream)?.status == .ok)
        #expect(pair.clientEvents.response(stream)?.headerFields[.contentType] == "text/plain")
        #expect(pair.clientEvents.body(of: stream) == responseBody)
        #expect(
            pair.clientEvents.suffix(3) == [
                .trailers(stream: stream, [.eTag: "abc"]), .end(stream: stream), .closed(stream: stream, .noError),
            ])
        #expect(pair.server.openStreamCount == 0)
        #expect(pair.client.openStreamCount == 0)
    }

    @Test func messagesWithoutBody() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .get("/healthz"), endStream: true)
        pair.onServerEvent = { pair, event in
            guard case .requestHead(let stream, _, let endStream) = event else { return }
            #expect(endStream)
            try pair.server.respond(stream: stream, head: HTTPResponse(status: .noContent), endStream: true)
        }
        try pair.run()
        #expect(
            pair.clientEvents.filter { $0 != .settings } == [
                .responseHead(stream: stream, HTTPResponse(status: .init(code: 204)), endStream: true),
                .end(stream: stream), .closed(stream: stream, .noError),
            ])
        #expect(pair.serverEvents.filter { $0 == .end(stream: stream) }.count == 1)
    }

    @Test func aHeadResponseMayAnnounceALengthWithoutBody() throws {
        let pair = try Pair()
        let head = HTTPRequest(method: .head, scheme: "http", authority: "example.org", path: "/")
        let stream = try pair.client.submit(head: head, endStream: true)
        try pair.run()
        try pair.server.respond(
            stream: stream, head: HTTPResponse(status: .ok, headerFields: [.contentLength: "1000"]), endStream: true)
        try pair.run()
        #expect(pair.clientEvents.isEnded(stream))
        #expect(pair.clientEvents.closes(of: stream) == [.noError])
    }

    @Test func aBodyThatEndsWithNothingMore() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .post(), endStream: false)
        try pair.client.send(stream: stream, body(10, seed: 1), endStream: false)
        try pair.run()
        #expect(!pair.serverEvents.isEnded(stream))
        try pair.client.send(stream: stream, ByteBuffer(), endStream: true)
        try pair.run()
        #expect(pair.serverEvents.isEnded(stream))
    }

    @Test func trailersWithoutBody() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .post(), endStream: false)
        try pair.run()
        try pair.client.sendTrailers(stream: stream, [.eTag: "abc"])
        try pair.run()
        #expect(pair.serverEvents.suffix(2) == [.trailers(stream: stream, [.eTag: "abc"]), .end(stream: stream)])
    }

    @Test func interimResponseComesBeforeTheFinalOne() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .post(), endStream: false)
        try pair.run()
        try pair.server.respond(stream: stream, head: HTTPResponse(status: .continue), endStream: false)
        try pair.run()
        try pair.client.send(stream: stream, body(5, seed: 1), endStream: true)
        try pair.server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: true)
        try pair.run()
        #expect(
            pair.clientEvents.filter { $0 != .settings } == [
                .informationalResponse(stream: stream, HTTPResponse(status: .init(code: 100))),
                .responseHead(stream: stream, HTTPResponse(status: .init(code: 200)), endStream: true),
                .end(stream: stream), .closed(stream: stream, .noError),
            ])
    }

    @Test func connectionSpecificFieldsAreLeftOutAndCookieCrumbsKept() throws {
        let pair = try Pair()
        var head = HTTPRequest.get()
        head.headerFields[.connection] = "keep-alive"
        head.headerFields[.transferEncoding] = "chunked"
        head.headerFields[.upgrade] = "h2c"
        head.headerFields[.cookie] = "a=1; b=2"
        head.headerFields[.authorization] = "Bearer secret"
        let stream = try pair.client.submit(head: head, endStream: true)
        try pair.run()
        let received = try #require(pair.serverEvents.request(stream))
        #expect(received.headerFields[.connection] == nil)
        #expect(received.headerFields[.transferEncoding] == nil)
        #expect(received.headerFields[.upgrade] == nil)
        #expect(received.headerFields[.cookie] == "a=1; b=2")
        #expect(received.headerFields[.authorization] == "Bearer secret")
    }

    @Test func whiteSpaceAroundAValueIsNotSent() throws {
        let pair = try Pair()
        var head = HTTPRequest.get()
        head.headerFields.append(HTTPField(name: .userAgent, value: "  stepwise\t"))
        let stream = try pair.client.submit(head: head, endStream: true)
        try pair.run()
        #expect(pair.serverEvents.request(stream)?.headerFields[.userAgent] == "stepwise")
    }

    @Test func settingsAndPingAreReported() throws {
        var limits = SessionLimits()
        limits.maximumConcurrentStreams = 7
        let pair = try Pair(server: limits)
        #expect(pair.client.remoteMaxConcurrentStreams == 100)
        #expect(!pair.client.receivedSettings)
        try pair.client.ping(0x0102_0304_0506_0708)
        try pair.server.ping(42)
        try pair.run()
        #expect(pair.client.receivedSettings)
        #expect(pair.client.remoteMaxConcurrentStreams == 7)
        #expect(pair.clientEvents.contains(.pingAck(0x0102_0304_0506_0708)))
        #expect(pair.serverEvents.contains(.pingAck(42)))
    }

    @Test func drainStopsNearItsLimit() throws {
        let pair = try Pair()
        let stream = try pair.client.submit(head: .post(), endStream: false)
        try pair.client.send(stream: stream, body(60_000, seed: 1), endStream: true)
        var buffer = ByteBuffer()
        try pair.client.drain(into: &buffer, limit: 100)
        #expect(buffer.readableBytes >= 100)
        #expect(buffer.readableBytes <= 100 + 16_384 + 9)
        #expect(pair.client.bufferedBytes(stream: stream) >= 40_000)
        #expect(pair.client.wantsWrite)
    }

    @Test func theInstalledLibraryIsGoodEnough() throws {
        try HTTP2Library.check()
        #expect(HTTP2Library.version >= HTTP2Library.minimumVersion)
    }
}
