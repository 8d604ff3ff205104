import HTTPTypes
import NIOCore
import Testing
import Transport

/// Whoever reads slowly slows itself down, and nobody else.
@Suite struct BackPressureTests {
    @Test func aHandlerThatDoesNotReadStallsItsOwnStreamOnly() async throws {
        let gate = Gate()
        var router = Router()
        router.on(.post, "/slow") { request in
            try await gate.pass()
            return .text("\(try await request.collectBody().count)")
        }
        router.on(.post, "/fast", Handlers.echo)
        var configuration = HTTPServerConfiguration()
        configuration.limits.streamWindowBytes = 16 << 10
        configuration.limits.maximumConcurrentStreams = 16
        try await withServer(configuration, handler: router.callAsFunction) { server, address in
            try await withClient(address) {
                $0.compression = .identity
            } _: { client in
                let big = [UInt8](repeating: 7, count: 1 << 20)
                // More unread streams than the connection's default window would hold.
                let slow = (0..<10).map { _ in
                    Task { try await client.send(ClientRequest(method: .post, path: "/slow", body: big)).text }
                }
                try await eventually("the slow ones run") { server.runningRequests == 10 }
                for _ in 0..<20 {
                    let body = [UInt8](repeating: 1, count: 100_000)
                    let response = try await client.send(ClientRequest(method: .post, path: "/fast", body: body))
                    #expect(response.body.count == 100_000)
                }
                #expect(server.openConnections == 1)
                gate.open()
                for task in slow { #expect(try await task.value == "1048576") }
            }
        }
    }

    @Test func aClientThatDoesNotReadHoldsItsHandlerBack() async throws {
        let written = Counter()
        var router = Router()
        router.on(.get, "/endless") { _ in
            ServerResponse(
                body: .stream { writer in
                    for _ in 0..<1000 {
                        try await writer.write([UInt8](repeating: 9, count: 64 << 10))
                        written.add()
                    }
                })
        }
        router.on(.get, "/ping") { _ in .text("pong") }
        try await withServer(handler: router.callAsFunction) { server, address in
            try await withClient(address) { client in
                let stream = try await client.stream(ClientRequest(path: "/endless"))
                try await eventually("the window is full") {
                    let before = written.value
                    try await Task.sleep(for: .milliseconds(50))
                    return before > 0 && written.value == before
                }
                // 64 MB are on offer; no more than windows and watermarks were taken.
                #expect(written.value < 60)
                for _ in 0..<10 { #expect(try await client.send(ClientRequest(path: "/ping")).text == "pong") }
                #expect(server.openConnections == 1)
                var received = 0
                for try await bytes in stream.body { received += bytes.count }
                #expect(received == 1000 * (64 << 10))
            }
        }
    }

    @Test func anHTTP1ClientThatDoesNotReadHoldsItsHandlerBack() async throws {
        let written = Counter()
        let handler: RequestHandler = { _ in
            ServerResponse(
                body: .stream { writer in
                    for _ in 0..<500 {
                        try await writer.write([UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10))
                        written.add()
                    }
                    try await writer.write("END")
                })
        }
        try await withServer(handler: handler) { _, address in
            let client = try await RawConnection(port: address.port, receiveBuffer: 32 << 10, isReading: false)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            try await eventually("the sockets are full") {
                let before = written.value
                try await Task.sleep(for: .milliseconds(50))
                return before > 0 && written.value == before
            }
            #expect(written.value < 300)
            try await client.startReading()
            let text = try await client.receive(until: "END")
            #expect(text.utf8.count > 500 * (64 << 10))
            await client.close()
        }
    }

    @Test func anHTTP1BodyIsReadNoFasterThanItsHandler() async throws {
        let gate = Gate()
        let handler: RequestHandler = { request in
            try await gate.pass()
            return .text("read \(try await request.collectBody().count)")
        }
        try await withServer(handler: handler) { _, address in
            let client = try await RawConnection(port: address.port)
            let size = 12 << 20
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n")
            let sent = Counter()
            let sending = Task {
                try await client.send([UInt8](repeating: 0, count: size))
                sent.add()
            }
            try await Task.sleep(for: .milliseconds(100))
            // The kernel's buffers hold a part of it, the server nothing much.
            #expect(sent.value == 0)
            gate.open()
            try await sending.value
            #expect(try await client.receive(until: "read ").hasSuffix("read \(size)"))
            await client.close()
        }
    }

    @Test func aStalledStreamIsResetAndItsHandlerStopped() async throws {
        let stopped = Counter()
        let handler: RequestHandler = { _ in
            ServerResponse(
                body: .stream { writer in
                    do {
                        while true { try await writer.write([UInt8](repeating: 1, count: 64 << 10)) }
                    } catch {
                        stopped.add()
                        throw error
                    }
                })
        }
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.write = .milliseconds(150)
        try await withServer(configuration, handler: handler) { server, address in
            try await withClient(address) { client in
                let stream = try await client.stream(ClientRequest(path: "/"))
                try await eventually("the stream is reset") { stopped.value == 1 && server.runningRequests == 0 }
                let error = await #expect(throws: TransportError.self) { for try await _ in stream.body {} }
                #expect(error?.code == .streamReset)
            }
        }
    }

    @Test func aBodyThatStopsArrivingIs408() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.body = .milliseconds(100)
        try await withServer(configuration, handler: Handlers.echo) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
            let text = try await client.receiveToEnd()
            #expect(text.hasPrefix("HTTP/1.1 408 "))
            #expect(text.contains("no byte of the request body arrived for 100 ms"))
            await client.close()
        }
    }

    @Test func aHeaderThatStopsArrivingIs408AndAnIdleConnectionIsClosed() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.header = .milliseconds(500)
        configuration.timeouts.idle = .milliseconds(1000)
        try await withServer(configuration, handler: Handlers.echo) { server, address in
            let slow = try await RawConnection(port: address.port)
            try await slow.send("GET / HTTP/1.1\r\nHost: ")
            #expect(try await slow.receiveToEnd().hasPrefix("HTTP/1.1 408 "))
            let idle = try await RawConnection(port: address.port)
            try await idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await idle.receiveToEnd().hasPrefix("HTTP/1.1 200 "))
            let silent = try await RawConnection(port: address.port)
            #expect(try await silent.receiveToEnd() == "")
            try await withClient(address) { client in
                _ = try await client.send(ClientRequest(path: "/"))
                try await eventually("the HTTP/2 connection is closed") { server.openConnections == 0 }
                // The client notices and connects again.
                #expect(try await client.send(ClientRequest(path: "/")).status == .ok)
            }
            for connection in [slow, idle, silent] { await connection.close() }
        }
    }
}
