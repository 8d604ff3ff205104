import NIOCore
import Testing
import Transport

/// Token buckets and counts, without clocks.
@Suite struct ClientLimiterTests {
    private let start = ContinuousClock.now
    private let client = ClientIdentity.token("one")

    @Test func aBucketFillsAtItsRateUpToItsBurst() {
        var state = ClientLimiterState(ClientLimits(requestsPerSecond: 2, burst: 3))
        for _ in 0..<3 { #expect(state.enter(client, now: start) == .admitted) }
        #expect(state.enter(client, now: start) == .tooFast(retryAfter: .milliseconds(500)))
        // What was refused costs nothing, and what was waited counts.
        #expect(state.enter(client, now: start + .milliseconds(250)) == .tooFast(retryAfter: .milliseconds(250)))
        #expect(state.enter(client, now: start + .milliseconds(500)) == .admitted)
        for _ in 0..<3 { #expect(state.enter(client, now: start + .seconds(100)) == .admitted) }
        #expect(state.enter(client, now: start + .seconds(100)) == .tooFast(retryAfter: .milliseconds(500)))
        #expect(state.enter(.token("two"), now: start) == .admitted)
        #expect(state.enter(.certificate("one"), now: start) == .admitted)
    }

    @Test func withoutABurstASecondsWorthMayComeAtOnce() {
        var state = ClientLimiterState(ClientLimits(requestsPerSecond: 5))
        let decisions = (0..<6).map { _ in state.enter(client, now: start) }
        #expect(decisions.count { $0 == .admitted } == 5)
        var slow = ClientLimiterState(ClientLimits(requestsPerSecond: 0.1))
        #expect(slow.enter(client, now: start) == .admitted)
        #expect(slow.enter(client, now: start) == .tooFast(retryAfter: .seconds(10)))
    }

    @Test func placesAreGivenBack() {
        var state = ClientLimiterState(ClientLimits(concurrentRequests: 2))
        #expect(state.enter(client, now: start) == .admitted)
        #expect(state.enter(client, now: start) == .admitted)
        #expect(state.enter(client, now: start) == .tooManyAtOnce)
        state.leave(client)
        #expect(state.enter(client, now: start) == .admitted)
        #expect(state.enter(client, now: start) == .tooManyAtOnce)
    }

    @Test func aFullTableForgetsWhoHasNothingUnderWay() {
        var state = ClientLimiterState(
            ClientLimits(requestsPerSecond: 1, burst: 1, concurrentRequests: 1), maximumClients: 10)
        #expect(state.enter(client, now: start) == .admitted)
        for number in 0..<1000 {
            let other = ClientIdentity.address("\(number)")
            #expect(state.enter(other, now: start) == .admitted)
            state.leave(other)
            #expect(state.clientCount <= 11)
        }
        // The one that is busy is still known; of the others, the last ones.
        #expect(state.enter(client, now: start + .seconds(9)) == .tooManyAtOnce)
        #expect(state.enter(.address("999"), now: start) == .tooFast(retryAfter: .seconds(1)))
        #expect(state.enter(.address("0"), now: start) == .admitted)
        state.leave(client)
        #expect(state.enter(client, now: start + .seconds(9)) == .admitted)
    }

    @Test(arguments: [
        ("10.1.2.3", "10.1.2.3"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::1", "::1"),
        ("::ffff:10.1.2.3", "::ffff:10.1.2.3"),
    ])
    func anIPv6NetworkIsOneClient(address: String, network: String) throws {
        #expect(try Peer(SocketAddress(ipAddress: address, port: 4711)).network == network)
    }
}
