import HTTPTypes
import NIOCore
import Testing
import Transport
import Zstandard

/// What many clients together may make the server hold.
@Suite struct HeldMemoryTests {
    @Test func aBudgetLendsNoMoreThanItHas() {
        let budget = ByteBudget(limit: 100)
        do {
            let first = ByteReservation(of: budget)
            let second = ByteReservation(of: budget)
            #expect(first.grow(to: 60) && first.grow(to: 50) && budget.heldBytes == 60)
            #expect(!second.grow(to: 41) && budget.heldBytes == 60)
            #expect(second.grow(to: 40) && budget.isExhausted)
            withExtendedLifetime((first, second)) {}
        }
        #expect(budget.heldBytes == 0)
    }

    /// Small bodies that expand to a megabyte each, all but the last byte of which arrive.
    @Test func bombsThatWaitForTheirLastByte() async throws {
        let bomb = Array(try Zstandard.compress([UInt8](repeating: 0, count: 1 << 20)).dropLast())
        #expect(bomb.count < 1_000)
        let outcomes = OutcomeRecorder()
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumExpandedBytes = 2 << 20
        configuration.limits.maximumHeldBodyBytes = 24 << 20
        try await withServer(configuration, observer: outcomes, handler: Handlers.echo) { server, address in
            var clients: [RawConnection] = []
            for index in 0..<40 {
                let client = try await RawConnection(port: address.port)
                try await client.send(
                    "POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: zstd\r\nContent-Length: \(bomb.count + 1)\r\n\r\n")
                let before = server.heldBytes.bodies
                try await client.send(bomb)
                try await eventually("it is held or refused") {
                    server.heldBytes.bodies > before + (1 << 19)
                        || outcomes.count { _ in true } > 0
                            && outcomes.count { _ in true } + server.runningRequests == index + 1
                }
                clients.append(client)
                #expect(server.heldBytes.bodies <= 24 << 20)
            }
            let refused = outcomes.count { $0.status == 503 }
            #expect(refused > 10 && refused < 38, "\(refused) of 40")
            #expect(server.runningRequests == 40 - refused)
            for client in clients { await client.close() }
            try await eventually("all is given back") { server.heldBytes.bodies == 0 && server.runningRequests == 0 }
            try await withClient(address) { client in
                let response = try await client.send(ClientRequest(method: .post, path: "/", body: [1, 2, 3]))
                #expect(response.body == [1, 2, 3])
            }
        }
    }

    @Test func bytesThatComeOneByOneAreKeptTogether() {
        var queue = BodyQueue()
        for _ in 0..<50_000 { #expect(queue.append(ByteBuffer(bytes: [7]), credit: 2) == 0) }
        #expect(queue.bufferedBytes == 50_000)
        var pieces = 0
        var bytes = 0
        var credits = 0
        while case .chunk(let piece, let credit) = queue.next() {
            pieces += 1
            bytes += piece.readableBytes
            credits += credit
        }
        #expect(bytes == 50_000 && credits == 100_000)
        #expect(pieces <= 4, "one for each 16 KiB")
    }
}
