import HTTPTypes
import Testing
import Transport

/// What is said of the time that a request would wait, without clocks and with a server that is slow on purpose.
@Suite struct LoadEstimateTests {
    private let start = ContinuousClock.now

    /// Seen: requests of 1,000 bytes, four at a time, each four done in a second: 4,000 bytes a second.
    private func busy(requests: Int = 40) -> LoadEstimate {
        var estimate = LoadEstimate()
        var now = start
        for _ in 0..<(requests / 4) {
            let works = (0..<4).map { _ in estimate.begin(bytes: 1000, now: now) }
            now += .seconds(1)
            for work in works { estimate.end(work, now: now) }
        }
        return estimate
    }

    private func seconds(_ duration: Duration?) -> Double { (duration ?? .zero) / .seconds(1) }

    @Test func theWaitIsThatOfWhatIsUnderWay() {
        var estimate = busy()
        #expect(estimate.wait(bytes: 1000) == .zero)
        for _ in 0..<8 { _ = estimate.begin(bytes: 1000, now: start) }
        // Of the four that end together, the first has seen itself end alone, and the last all four: 2,500 bytes a second on average.
        #expect(abs(seconds(estimate.wait(bytes: 1000)) - 8000 / 2500) < 0.2)
    }

    @Test func aSmallRequestDoesNotWaitForLargeOnes() {
        var estimate = busy()
        for _ in 0..<4 { _ = estimate.begin(bytes: 100_000, now: start) }
        #expect(seconds(estimate.wait(bytes: 100_000)) > 100)
        #expect(seconds(estimate.wait(bytes: 100)) < 1)
        #expect(estimate.wait(bytes: 0) == .zero)
    }

    /// Clients that let the service wait for what they have announced do not make it look slow.
    @Test func slowClientsSayNothing() {
        var estimate = busy()
        let before = (1...4).map { _ in estimate.begin(bytes: 1000, now: start) }
        let expected = estimate.wait(bytes: 1000)
        for _ in 0..<30 {
            let never = estimate.begin(bytes: 16_000_000, now: start)
            let late = estimate.begin(bytes: 1000, now: start)
            estimate.end(never, received: 240, now: start + .seconds(300))
            estimate.end(late, waited: .seconds(290), now: start + .seconds(300))
        }
        #expect(before.count == 4 && estimate.wait(bytes: 1000) == expected)
    }

    @Test func littleSeenSaysNothing() {
        #expect(LoadEstimate().wait(bytes: 1000) == nil)
        #expect(busy(requests: LoadEstimate.leastSeen - 4).wait(bytes: 1000) == nil)
        #expect(busy(requests: LoadEstimate.leastSeen).wait(bytes: 1000) != nil)
    }

    /// A server that takes 40 ms a request, one after the other, and gets more than it can do in time.
    @Test func whatWouldBeLateIsTurnedAwayAtOnce() async throws {
        let gate = Gate()
        let isSlow = Counter()
        let handler: RequestHandler = { request in
            _ = try await request.collectBody()
            if isSlow.value == 0 { try await Task.sleep(for: .milliseconds(40)) } else { try await gate.pass() }
            return .text("done")
        }
        try await withServer(handler: handler) { server, address in
            try await withClient(
                address,
                configure: {
                    $0.retries = .none
                    $0.compression = .identity
                }
            ) { client in
                let body = [UInt8](repeating: 0, count: 10_000)
                func post(_ deadline: Duration) async throws -> ClientResponse {
                    try await client.send(ClientRequest(method: .post, path: "/", body: body, deadline: deadline))
                }
                for _ in 0..<(LoadEstimate.leastSeen + 4) { #expect(try await post(.seconds(20)).status == .ok) }
                isSlow.add()
                let held = (0..<30).map { _ in Task { try await post(.seconds(20)) } }
                try await eventually("all are under way") { server.runningRequests == 30 }
                // 30 requests of at least 40 ms each.
                let answer = try await post(.seconds(1))
                #expect(answer.status == .serviceUnavailable)
                #expect(answer.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)
                #expect(answer.text.contains("more to do than can be done by the request's deadline"))
                gate.open()
                for task in held { #expect(try await task.value.status == .ok) }
            }
        }
    }
}
