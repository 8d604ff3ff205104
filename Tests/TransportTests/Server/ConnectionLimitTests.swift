import HTTPTypes
import Testing
import Transport

/// As many connections as the server takes, all idle: whoever needs one gets one.
@Suite struct ConnectionLimitTests {
    @Test(arguments: ["nothing said", "HTTP/2 without a request", "HTTP/1.1 between requests"])
    func idleConnectionsMakeRoom(kind: String) async throws {
        let gate = Gate()
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumConnections = 8
        try await withServer(configuration) { request in
            if request.path == "/wait" { try await gate.pass() }
            return .text("answer")
        } _: { server, address in
            let busy = try await RawConnection(port: address.port)
            try await busy.send("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            try await eventually("it waits") { server.runningRequests == 1 }
            var idle: [RawConnection] = []
            for _ in 0..<7 {
                let client = try await RawConnection(port: address.port)
                switch kind {
                case "nothing said": break
                case "HTTP/2 without a request":
                    try await client.send(RawHTTP2.preface)
                    try await eventually("it is understood") { !client.receivedBytes.isEmpty }
                default:
                    try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    _ = try await client.receive(until: "answer")
                }
                idle.append(client)
            }
            try await eventually("all places are taken") { server.openConnections == 8 }
            // Tried more than once: the first makes the room.
            try await eventually("another client is served") {
                let client = try await RawConnection(port: address.port)
                try? await client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                let text = try await client.receiveToEnd()
                await client.close()
                #expect(server.openConnections <= 8)
                return text.hasSuffix("answer")
            }
            gate.open()
            #expect(try await busy.receiveToEnd().hasSuffix("answer"), "a request under way is not disturbed")
            for client in idle + [busy] { await client.close() }
        }
    }
}
