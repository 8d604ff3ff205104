// Bytes that are not HTTP/2, or almost: never a crash, always an end that can be explained.

import HTTP2Engine
import HTTPTypes
import NIOCore
import Testing

@Suite struct MalformedInputTests {
    @Test(arguments: [Delivery.whole, .pieces(1)])
    func http1TextToTheServer(delivery: Delivery) throws {
        let server = try ServerSession()
        let text = Array("POST /v1/score HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        var thrown: HTTP2Error?
        do throws(HTTP2Error) {
            if case .whole = delivery {
                _ = try server.receive(ByteBuffer(bytes: text))
            } else {
                for byte in text { _ = try server.receive(ByteBuffer(bytes: [byte])) }
            }
        } catch {
            thrown = error
        }
        guard case .notHTTP2(let received)? = thrown else {
            Issue.record("no error")
            return
        }
        #expect("POST /v1/score HTTP/1.1\\x0d".hasPrefix(received))
        #expect(thrown?.description.contains("HTTP/1") == true)
        var bytes = ByteBuffer()
        try server.drain(into: &bytes, limit: 1_000)
        #expect(bytes.readableBytes == 0, "frames mean nothing to an HTTP/1 client")
        #expect(!server.wantsRead && !server.wantsWrite)
    }

    @Test func tlsToTheServer() throws {
        let server = try ServerSession()
        let hello: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]
        let error = try #require(throws: HTTP2Error.self) { try server.receive(ByteBuffer(bytes: hello)) }
        #expect(error.description.contains("TLS"))
    }

    @Test(arguments: [Delivery.whole, .pieces(1)])
    func http1ResponseToTheClient(delivery: Delivery) throws {
        let client = try ClientSession()
        let stream = try client.submit(head: .get(), endStream: true)
        var bytes = ByteBuffer()
        try client.drain(into: &bytes, limit: 1_000)
        let text = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
        let error = try #require(throws: HTTP2Error.self) {
            if case .whole = delivery {
                _ = try client.receive(ByteBuffer(bytes: text))
            } else {
                for byte in text { _ = try client.receive(ByteBuffer(bytes: [byte])) }
            }
        }
        #expect(error.description.contains("HTTP/1 response"))
        #expect(client.takeEvents().closes(of: stream) == [.protocolError])
        #expect(!client.wantsRead && !client.wantsWrite)
    }

    @Test func aFirstFrameThatIsNotSettings() throws {
        let server = try ServerSession()
        var events = try server.receive(ByteBuffer(bytes: Raw.preface + Raw.ping))
        var bytes = ByteBuffer()
        try server.drain(into: &bytes, limit: 10_000)
        events += server.takeEvents()
        #expect(events.violations.count == 1)
        #expect(!server.wantsRead && !server.wantsWrite)
    }

    /// Random changes to a valid conversation. Whatever comes of them, the session ends or goes on; it never traps and never owes a close.
    @Test(arguments: 0..<8)
    func mutatedConversations(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let conversation: [UInt8] =
            Raw.settings + Raw.headers(1, Raw.request("POST", [("content-length", "5")]), end: false)
            + Raw.data(1, Array("hello".utf8), end: true) + Raw.ping
            + Raw.headers(3, Raw.request("GET", [("cookie", "a=b")]), end: true)
            + Raw.windowUpdate(0, 1_000) + Raw.headers(5, Raw.request(), end: false, complete: false)
            + Raw.continuation(
                5, Raw.field("x-long", String(repeating: "z", count: 300), indexed: true), complete: true)
            + Raw.data(5, [UInt8](repeating: 1, count: 500)) + Raw.reset(5)
            + Raw.frame(type: 7, [UInt8](repeating: 0, count: 8))
        var endings: Set<String> = []
        for _ in 0..<400 {
            var bytes = conversation
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            endings.insert(try converse(Raw.preface + bytes, &random))
        }
        #expect(endings.isSuperset(of: ["open", "violation"]), "\(endings)")
    }

    @Test(arguments: 0..<4)
    func randomBytesAfterThePreface(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed) + 1_000)
        for _ in 0..<300 {
            let noise = (0..<Int.random(in: 1...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try converse(Raw.preface + (Bool.random(using: &random) ? Raw.settings : []) + noise, &random)
        }
    }

    @Test(arguments: 0..<4)
    func randomBytesToTheClient(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed) + 2_000)
        for _ in 0..<300 {
            let client = try ClientSession()
            let stream = try client.submit(head: .get(), endStream: true)
            var bytes = ByteBuffer()
            try client.drain(into: &bytes, limit: 10_000)
            let noise = (0..<Int.random(in: 1...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            var events: [SessionEvent] = []
            do {
                events += try client.receive(ByteBuffer(bytes: Raw.settings + noise))
                try client.drain(into: &bytes, limit: 100_000)
            } catch {
                #expect(!client.wantsRead)
            }
            events += client.takeEvents()
            #expect(events.closes(of: stream).count <= 1)
            if !client.wantsRead { #expect(events.closes(of: stream).count == 1) }
        }
    }

    /// Plays a server that answers everything; says how the conversation ended.
    private func converse(_ bytes: [UInt8], _ random: inout SplitMix) throws -> String {
        let server = try ServerSession()
        var events: [SessionEvent] = []
        var output = ByteBuffer()
        var rest = bytes[...]
        var hasThrown = false
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...200, using: &random))
            do {
                let new = try server.receive(ByteBuffer(bytes: rest.prefix(count)))
                events += new
                for case .end(let stream) in new {
                    try server.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: true)
                }
                try server.drain(into: &output, limit: 1 << 20)
            } catch {
                hasThrown = true
            }
            events += server.takeEvents()
            rest = rest.dropFirst(count)
        }
        for stream in Set(events.requestedStreams) {
            #expect(events.requestedStreams.filter { $0 == stream }.count == 1)
            #expect(events.closes(of: stream).count <= 1)
            if !server.wantsRead && !server.wantsWrite { #expect(events.closes(of: stream).count == 1) }
        }
        if hasThrown { return "error" }
        return events.violations.isEmpty ? "open" : "violation"
    }
}
