import Testing
import Transport

/// Which call goes where, without sockets.
@Suite struct PoolStateTests {
    private typealias Pool = PoolState<String>
    private let now = ContinuousClock.now
    private let refused = AttemptFailure(.connectionRefused, "refused", isConnectFailure: true)

    private static func pool(_ endpoints: [String], queued: Int = 100, perConnection: Int = 100) -> Pool {
        var pool = Pool(maximumQueued: queued, maximumPerConnection: perConnection)
        _ = pool.update(endpoints)
        return pool
    }

    /// An action, as text.
    private static func text(_ actions: [Pool.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .connect(let endpoint): "connect \(endpoint)"
            case .dispatch(let call, let connection): "dispatch \(call) on \(connection)"
            case .fail(let call, let failure): "fail \(call): \(failure.detail)"
            case .close(let connection): "close \(connection)"
            }
        }
    }

    private func admit(_ pool: inout Pool, _ call: Int, avoiding: Set<String> = []) -> (String?, [String]) {
        let (result, actions) = pool.admit(call, avoiding: avoiding, now: now)
        return (try? result.get(), Self.text(actions))
    }

    @Test func callsWaitForOneConnection() {
        var pool = Self.pool(["a"])
        #expect(admit(&pool, 1).1 == ["connect a"])
        #expect(admit(&pool, 2).1 == [])
        #expect(Self.text(pool.connected(7, to: "a", limit: 100)) == ["dispatch 1 on 7", "dispatch 2 on 7"])
        #expect(admit(&pool, 3).1 == ["dispatch 3 on 7"])
    }

    @Test func aConnectionTakesNoMoreThanItsLimit() {
        var pool = Self.pool(["a"], perConnection: 3)
        for call in 1...5 { _ = admit(&pool, call) }
        #expect(Self.text(pool.connected(7, to: "a", limit: 2)) == ["dispatch 1 on 7", "dispatch 2 on 7"])
        #expect(Self.text(pool.limitChanged(7, to: 50)) == ["dispatch 3 on 7"])
        #expect(Self.text(pool.finished(on: 7, .success, now: now)) == ["dispatch 4 on 7"])
        #expect(Self.text(pool.limitChanged(7, to: 1)) == [])
        #expect(Self.text(pool.finished(on: 7, .success, now: now)) == [])
    }

    @Test func theFewestCallsWin() {
        var pool = Self.pool(["a", "b", "c"])
        let chosen = (1...6).compactMap { admit(&pool, $0).0 }
        #expect(Set(chosen.prefix(3)) == ["a", "b", "c"])
        #expect(Set(chosen.suffix(3)) == ["a", "b", "c"])
        for (id, endpoint) in ["a", "b", "c"].enumerated() { _ = pool.connected(id, to: endpoint, limit: 100) }
        _ = pool.finished(on: 1, .success, now: now)
        #expect(admit(&pool, 7).0 == "b")
    }

    @Test func aFailedConnectionFailsItsCallsAndTheOtherIsChosen() {
        var pool = Self.pool(["a", "b"])
        let (first, _) = admit(&pool, 1)
        let other = first == "a" ? "b" : "a"
        #expect(Self.text(pool.connectFailed(first ?? "", refused, now: now)) == ["fail 1: refused"])
        #expect(pool.hasUntried([first ?? ""]))
        #expect(admit(&pool, 1, avoiding: [first ?? ""]).0 == other)
        // The breaker remembers it for the next call, too.
        #expect(admit(&pool, 2).0 == other)
        #expect(admit(&pool, 3).0 == other)
        #expect(!pool.hasUntried(["a", "b"]))
        // With nothing else to choose, the failed one is tried again all the same.
        #expect(admit(&pool, 4, avoiding: [other]).0 == first)
    }

    @Test func aDrainingConnectionFinishesItsCallsAndIsReplaced() {
        var pool = Self.pool(["a"])
        _ = admit(&pool, 1)
        _ = pool.connected(7, to: "a", limit: 1)
        _ = admit(&pool, 2)
        #expect(Self.text(pool.draining(7)) == ["connect a"])
        #expect(Self.text(pool.draining(7)) == [])
        #expect(Self.text(pool.connected(8, to: "a", limit: 1)) == ["dispatch 2 on 8"])
        #expect(Self.text(pool.finished(on: 7, .success, now: now)) == ["close 7"])
        #expect(Self.text(pool.closed(7)) == [])
        #expect(pool.openConnections == 1)
    }

    @Test func aLostConnectionIsReplacedForThoseThatWait() {
        var pool = Self.pool(["a"])
        _ = admit(&pool, 1)
        _ = pool.connected(7, to: "a", limit: 1)
        _ = admit(&pool, 2)
        // Whichever is heard of first, the call's end or the connection's.
        #expect(Self.text(pool.closed(7)) == ["connect a"])
        #expect(Self.text(pool.finished(on: 7, .failure(isConnectFailure: false), now: now)) == [])
        #expect(Self.text(pool.connected(8, to: "a", limit: 1)) == ["dispatch 2 on 8"])
    }

    @Test func theQueueIsBounded() {
        var pool = Self.pool(["a"], queued: 2)
        #expect(admit(&pool, 1).0 == "a")
        #expect(admit(&pool, 2).0 == "a")
        let (result, actions) = pool.admit(3, avoiding: [], now: now)
        #expect(throws: AttemptFailure.self) { try result.get() }
        #expect(actions.isEmpty)
        pool.withdraw(1, from: "a", now: now)
        #expect(admit(&pool, 4).0 == "a")
        #expect(Self.text(pool.connected(7, to: "a", limit: 9)) == ["dispatch 2 on 7", "dispatch 4 on 7"])
    }

    @Test func addressesComeAndGo() {
        var pool = Self.pool(["a", "b"])
        let (first, _) = admit(&pool, 1)
        _ = pool.connected(7, to: first ?? "", limit: 9)
        #expect(Self.text(pool.update(["c"])) == [])
        #expect(admit(&pool, 2).0 == "c")
        #expect(Self.text(pool.finished(on: 7, .success, now: now)) == ["close 7"])
        #expect(Self.text(pool.closed(7)) == [])
        #expect(Self.text(pool.update([])) == [])
        let (result, _) = pool.admit(3, avoiding: [], now: now)
        #expect(throws: AttemptFailure.self) { try result.get() }
    }

    @Test func shutDownFailsWhatWaitsAndClosesWhatIsIdle() {
        var pool = Self.pool(["a", "b"])
        let (first, _) = admit(&pool, 1)
        _ = pool.connected(7, to: first ?? "", limit: 9)
        _ = admit(&pool, 2)
        #expect(Self.text(pool.shutDown()) == ["fail 2: the client was shut down"])
        #expect(Self.text(pool.connected(8, to: first == "a" ? "b" : "a", limit: 9)) == ["close 8"])
        #expect(Self.text(pool.finished(on: 7, .success, now: now)) == ["close 7"])
        #expect(admit(&pool, 3).0 == nil)
    }
}
