import HTTPTypes
import ServiceAPI
import Testing
import Transport

/// Work for a caller that has gone, or whose deadline has passed, is stopped.
@Suite struct CancellationTests {
    /// Runs until it is cancelled.
    private static func endless(_ started: Counter, _ cancelled: Counter) -> RequestHandler {
        { _ in
            started.add()
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                cancelled.add()
                throw error
            }
            return .text("too late")
        }
    }

    @Test func theHandlerIsCancelledWithTheCall() async throws {
        let (started, cancelled) = (Counter(), Counter())
        try await withServer(handler: Self.endless(started, cancelled)) { server, address in
            try await withClient(address) { client in
                let call = Task { try await client.send(ClientRequest(path: "/")) }
                try await eventually("the handler runs") { started.value == 1 }
                call.cancel()
                let error = await #expect(throws: TransportError.self) { try await call.value }
                #expect(error?.code == .cancelled)
                try await eventually("the handler is cancelled") {
                    cancelled.value == 1 && server.runningRequests == 0
                }
                #expect(server.openConnections == 1)
            }
        }
    }

    @Test func theHandlerIsCancelledAtTheCallersDeadline() async throws {
        let (started, cancelled) = (Counter(), Counter())
        try await withServer(handler: Self.endless(started, cancelled)) { server, address in
            try await withClient(address) { client in
                let error = await #expect(throws: TransportError.self) {
                    try await client.send(ClientRequest(path: "/", deadline: .seconds(1)))
                }
                #expect(error?.code == .deadlineExceeded)
                #expect(error?.description.contains("the deadline of 1 s passed") == true)
                #expect(error?.description.contains("GET \(address.url)/") == true)
                try await eventually("the handler is cancelled") {
                    cancelled.value == 1 && server.runningRequests == 0
                }
            }
            // A client of another kind gets the 504.
            let raw = try await RawConnection(port: address.port)
            try await raw.send("GET / HTTP/1.1\r\nHost: x\r\nstepwise-deadline-ms: 500\r\n\r\n")
            let text = try await raw.receive(until: "deadline-exceeded")
            #expect(text.hasPrefix("HTTP/1.1 504 "))
            #expect(text.contains("the deadline of 500 ms passed"))
            await raw.close()
            try await eventually("the handler is cancelled") { cancelled.value == 2 && server.runningRequests == 0 }
        }
    }

    @Test func theServersOwnMaximumHolds() async throws {
        let (started, cancelled) = (Counter(), Counter())
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.request = .milliseconds(100)
        try await withServer(configuration, handler: Self.endless(started, cancelled)) { _, address in
            try await withClient(address) {
                $0.retries = .none
            } _: { client in
                let response = try await client.send(ClientRequest(path: "/"))
                #expect(response.status == .gatewayTimeout)
                try await eventually("the handler is cancelled") { cancelled.value == 1 }
            }
        }
    }

    @Test func aStreamThatHasBegunOutlivesTheServersMaximum() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.request = .milliseconds(50)
        let handler: RequestHandler = { _ in
            ServerResponse(
                body: .stream { writer in
                    try await writer.write("begin\n")
                    try await Task.sleep(for: .milliseconds(200))
                    try await writer.write("end")
                })
        }
        try await withServer(configuration, handler: handler) { _, address in
            try await withClient(address) { client in
                let stream = try await client.stream(ClientRequest(path: "/"))
                var lines: [String] = []
                for try await line in stream.body.lines() { lines.append(line) }
                #expect(lines == ["begin", "end"])
            }
        }
    }

    @Test func theHandlerIsCancelledWhenAnHTTP1ClientHangsUp() async throws {
        let (started, cancelled) = (Counter(), Counter())
        try await withServer(handler: Self.endless(started, cancelled)) { _, address in
            let client = try await RawConnection(port: address.port)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try await eventually("the handler runs") { started.value == 1 }
            await client.close()
            try await eventually("the handler is cancelled") { cancelled.value == 1 }
        }
    }

    @Test func aCancelledStreamStopsItsWriter() async throws {
        let stopped = Counter()
        let handler: RequestHandler = { _ in
            ServerResponse(
                body: .stream { writer in
                    do {
                        while true {
                            try await writer.write("tick\n")
                            try await Task.sleep(for: .milliseconds(5))
                        }
                    } catch {
                        stopped.add()
                        throw error
                    }
                })
        }
        try await withServer(handler: handler) { _, address in
            try await withClient(address) { client in
                let stream = try await client.stream(ClientRequest(path: "/"))
                var lines = 0
                for try await line in stream.body.lines() {
                    #expect(line == "tick")
                    lines += 1
                    if lines == 3 { break }
                }
                stream.body.cancel()
                try await eventually("the writer is stopped") { stopped.value == 1 }
            }
        }
    }

    @Test func refusesWhatItHasNoRoomFor() async throws {
        let gate = Gate()
        var router = Router()
        router.on(.get, "/work") { _ in
            try await gate.pass()
            return .text("done")
        }
        router.on(.get, "/healthz") { _ in .text("ok") }
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumRunningRequests = 2
        try await withServer(configuration, handler: router.callAsFunction) { server, address in
            try await withClient(address) {
                $0.retries = .none
            } _: { client in
                let working = (0..<2).map { _ in
                    Task { try await client.send(ClientRequest(path: "/work")).text }
                }
                try await eventually("both run") { server.runningRequests == 2 }
                let refused = try await client.send(ClientRequest(path: "/work"))
                #expect(refused.status == .serviceUnavailable)
                #expect(refused.headers[.retryAfter] == "1")
                #expect(refused.headers[.contentType] == "application/problem+json")
                #expect(refused.text.contains("working on 2 requests"))
                #expect(try await client.send(ClientRequest(path: "/healthz")).text == "ok")
                gate.open()
                for task in working { #expect(try await task.value == "done") }
                #expect(try await client.send(ClientRequest(path: "/work")).text == "done")
            }
        }
    }
}
