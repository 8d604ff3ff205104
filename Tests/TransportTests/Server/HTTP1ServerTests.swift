import HTTPTypes
import Logging
import Testing
import Transport

/// HTTP/1.1 as clients without HTTP/2 see it, over real sockets.
@Suite struct HTTP1ServerTests {
    @Test func answersAndKeepsTheConnection() async throws {
        try await withServer(handler: Handlers.echo) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            var text = try await client.receive(until: "hello")
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.lowercased().contains("content-length: 5\r\n"))
            #expect(text.lowercased().contains("x-request-id: "))
            #expect(text.lowercased().contains("date: "))
            #expect(!text.lowercased().contains("connection: close"))
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nagain")
            text = try await client.receive(until: "again")
            #expect(text.components(of: "HTTP/1.1 200 OK") == 2)
            await client.close()
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        let handler: RequestHandler = { request in
            // The first takes longer, and is answered first all the same.
            if request.path == "/1" { try await Task.sleep(for: .milliseconds(20)) }
            return .text("answer to \(request.path);")
        }
        try await withServer(handler: handler) { _, address in
            let client = try await RawConnection(port: address.port)
            let requests = (1...5).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
            try await client.send(requests)
            let text = try await client.receive(until: "answer to /5;")
            let order = text.split(separator: "answer to /").dropFirst().map { String($0.prefix(1)) }
            #expect(order == ["1", "2", "3", "4", "5"])
            await client.close()
        }
    }

    @Test func takesChunkedBodies() async throws {
        try await withServer(handler: Handlers.echo) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            try await client.send("4\r\ndefg\r\n0\r\n\r\n")
            let text = try await client.receive(until: "abcdefg")
            #expect(text.hasPrefix("HTTP/1.1 200"))
            await client.close()
        }
    }

    @Test func continuesWhenTheHandlerReads() async throws {
        try await withServer(handler: Handlers.echo) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            let interim = try await client.receive(until: "\r\n\r\n")
            #expect(interim.hasPrefix("HTTP/1.1 100 Continue\r\n"))
            try await client.send("body")
            let text = try await client.receive(until: "body")
            #expect(text.contains("HTTP/1.1 200 OK"))
            await client.close()
        }
    }

    @Test func refusesABodyThatTheHandlerDoesNotWant() async throws {
        let handler: RequestHandler = { _ in .text("no thanks", status: .forbidden) }
        try await withServer(handler: handler) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
            let text = try await client.receiveToEnd()
            #expect(text.hasPrefix("HTTP/1.1 403"))
            #expect(text.lowercased().contains("connection: close"))
            #expect(text.hasSuffix("no thanks"))
            await client.close()
        }
    }

    @Test func streamsInChunks() async throws {
        let handler: RequestHandler = { _ in
            ServerResponse(
                body: .stream { writer in
                    try await writer.write("one ")
                    try await writer.write("two")
                })
        }
        try await withServer(handler: handler) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let text = try await client.receive(until: "0\r\n\r\n")
            #expect(text.lowercased().contains("transfer-encoding: chunked"))
            #expect(text.hasSuffix("4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"))
            // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
            let old = try await RawConnection(port: address.port)
            try await old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let plain = try await old.receiveToEnd()
            #expect(plain.hasSuffix("\r\n\r\none two"))
            #expect(!plain.lowercased().contains("chunked"))
            await client.close()
            await old.close()
        }
    }

    @Test func aBrokenStreamEndsWithoutItsLastChunk() async throws {
        struct Broken: Error {}
        let handler: RequestHandler = { _ in
            ServerResponse(
                body: .stream { writer in
                    try await writer.write("partial")
                    throw Broken()
                })
        }
        try await withServer(handler: handler) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let text = try await client.receiveToEnd()
            #expect(text.contains("partial"))
            #expect(!text.contains("0\r\n\r\n"))
            await client.close()
        }
    }

    @Test func headHasNoBody() async throws {
        var router = Router()
        router.on(.get, "/") { _ in .text("0123456789") }
        try await withServer(handler: router.callAsFunction) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(
                "HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = try await client.receiveToEnd()
            #expect(text.components(of: "0123456789") == 1)
            #expect(text.lowercased().components(of: "content-length: 10") == 2)
            await client.close()
        }
    }

    struct Garbage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let input: String
        let status: String

        init(_ description: String, _ input: String, _ status: String) {
            testDescription = description
            self.input = input
            self.status = status
        }
    }

    @Test(arguments: [
        Garbage("TLS", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", "400"),
        Garbage("no host", "GET / HTTP/1.1\r\n\r\n", "400"),
        Garbage("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
        Garbage("version", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "505"),
        Garbage("length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "400"),
        Garbage(
            "length and chunks",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        Garbage("chunk size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
        Garbage(
            "long header", "GET / HTTP/1.1\r\nHost: a\r\nx: " + String(repeating: "y", count: 40_000) + "\r\n\r\n",
            "431"),
        Garbage("deadline", "GET / HTTP/1.1\r\nHost: a\r\nstepwise-deadline-ms: soon\r\n\r\n", "400"),
        Garbage("half a preface", "PRI * HTTP/1.1\r\nHost: a\r\n\r\n", "505"),
    ])
    func garbageIsAnsweredAsAProblem(_ garbage: Garbage) async throws {
        try await withServer(handler: Handlers.echo) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send(garbage.input)
            let text = try await client.receive(until: "\"title\"")
            #expect(text.hasPrefix("HTTP/1.1 \(garbage.status) "), "\(text)")
            #expect(text.contains("application/problem+json"))
            await client.close()
        }
    }

    @Test func aRequestCutOffIsNotAnswered() async throws {
        let cancelled = Counter()
        let handler: RequestHandler = { request in
            do {
                return try await Handlers.echo(request)
            } catch {
                if Task.isCancelled { cancelled.add() }
                throw error
            }
        }
        try await withServer(handler: handler) { server, address in
            let client = try await RawConnection(port: address.port)
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
            try await eventually("the handler runs") { server.runningRequests == 1 }
            await client.close()
            try await eventually("the handler is cancelled") { cancelled.value == 1 && server.runningRequests == 0 }
        }
    }
}
