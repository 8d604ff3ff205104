import HTTPTypes
import Logging
import Testing
import Transport

/// Starting and stopping.
@Suite struct DrainTests {
    @Test func requestsUnderWayAreFinished() async throws {
        let gate = Gate()
        let handler: RequestHandler = { _ in
            try await gate.pass()
            return .text("finished")
        }
        let server = HTTPServer(configuration: .init(), logger: .silent, handler: handler)
        let address = try await server.start()
        try await withClient(address) { client in
            let call = Task { try await client.send(ClientRequest(path: "/")) }
            let raw = try await RawConnection(port: address.port)
            try await raw.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let idle = try await RawConnection(port: address.port)
            try await idle.send("GET / HTTP/1.1\r\nHost: x\r\nExpect: nothing\r\n")
            try await eventually("both run") { server.runningRequests == 2 && server.openConnections == 3 }
            let stopping = Task { await server.shutdown() }
            #expect(try await idle.receiveToEnd() == "")
            try await eventually("nobody listens") {
                do {
                    let late = try await RawConnection(port: address.port)
                    await late.close()
                    return false
                } catch { return true }
            }
            gate.open()
            #expect(try await call.value.text == "finished")
            let text = try await raw.receiveToEnd()
            #expect(text.hasSuffix("finished"))
            #expect(text.lowercased().contains("connection: close"))
            await stopping.value
            #expect(server.openConnections == 0)
            await raw.close()
            await idle.close()
        }
    }

    @Test func theGraceEnds() async throws {
        let cancelled = Counter()
        let handler: RequestHandler = { _ in
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                cancelled.add()
                throw error
            }
            return .text("never")
        }
        var configuration = HTTPServerConfiguration()
        configuration.timeouts.drainGrace = .milliseconds(200)
        let server = HTTPServer(configuration: configuration, logger: .silent, handler: handler)
        let address = try await server.start()
        try await withClient(address) {
            $0.retries = .none
        } _: { client in
            let call = Task { try await client.send(ClientRequest(path: "/")) }
            let raw = try await RawConnection(port: address.port)
            try await raw.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try await eventually("both run") { server.runningRequests == 2 }
            await server.shutdown()
            try await eventually("the handlers are cancelled") { cancelled.value == 2 }
            let error = await #expect(throws: TransportError.self) { try await call.value }
            #expect([.connectionLost, .streamReset].contains(error?.code), "\(error.map { "\($0)" } ?? "")")
            await raw.close()
        }
    }

    @Test func aNewConnectionFollowsTheDrainedOne() async throws {
        let first = HTTPServer(configuration: .init(), logger: .silent, handler: Handlers.echo)
        let address = try await first.start()
        try await withClient(address) { client in
            #expect(try await client.send(ClientRequest(method: .post, path: "/", body: [1])).body == [1])
            await first.shutdown()
            let second = HTTPServer(
                configuration: .init(port: address.port), logger: .silent, handler: Handlers.echo)
            try await second.start()
            #expect(try await client.send(ClientRequest(method: .post, path: "/", body: [2])).body == [2])
            await second.shutdown()
        }
    }

    @Test func aPortInUseIsNamed() async throws {
        try await withServer(handler: Handlers.echo) { _, address in
            let second = HTTPServer(
                configuration: .init(port: address.port), logger: .silent, handler: Handlers.echo)
            let error = await #expect(throws: ServerError.self) { try await second.run() }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.hasPrefix("cannot listen on 127.0.0.1 port \(address.port): the port is in use"), "\(text)")
        }
        let elsewhere = HTTPServer(
            configuration: .init(host: "192.0.2.1"), logger: .silent, handler: Handlers.echo)
        let error = await #expect(throws: ServerError.self) { try await elsewhere.start() }
        #expect(error.map { "\($0)" }?.contains("this machine has no such address") == true)
    }

    @Test func tellsItsObserver() async throws {
        final class Observer: ServerObserver {
            let (opened, closed, started) = (Counter(), Counter(), Counter())
            let records = Recorder<RequestRecord>()
            func connectionOpened() { opened.add() }
            func connectionClosed() { closed.add() }
            func requestStarted() { started.add() }
            func requestFinished(_ record: RequestRecord) { records.add(record) }
        }
        let observer = Observer()
        var router = Router()
        router.on(.get, "/items/{id}") { _, parameters in .text(parameters["id"] ?? "") }
        try await withServer(observer: observer, handler: router.callAsFunction) { _, address in
            try await withClient(address) { client in
                _ = try await client.send(ClientRequest(path: "/items/7"))
                _ = try await client.send(ClientRequest(path: "/nothing"))
            }
            try await eventually("both are recorded") { observer.records.all.count == 2 }
        }
        #expect(observer.started.value == 2)
        #expect(observer.opened.value == 1)
        try await eventually("the connection is closed") { observer.closed.value == 1 }
        #expect(observer.records.all.map(\.route) == ["/items/{id}", nil])
        #expect(observer.records.all.map(\.status) == [200, 404])
        #expect(observer.records.all.map(\.outcome) == [.answered, .answered])
        #expect(observer.records.all.map(\.httpVersion) == ["HTTP/2", "HTTP/2"])
        #expect(observer.records.all[0].responseBytes == 1 && observer.records.all[0].requestBytes == 0)
        #expect(observer.records.all.allSatisfy { $0.queueWait.map { $0 >= .zero } ?? false })
    }
}
