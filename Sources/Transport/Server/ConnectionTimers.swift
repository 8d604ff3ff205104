import HTTPTypes
import NIOCore
import ServiceAPI

extension HTTPServerConfiguration.Timeouts {
    /// How often a connection looks at its clocks: often enough for the shortest timeout, and no more.
    var tick: TimeAmount {
        let shortest = [header, body, write, idle].map { TimeAmount($0).nanoseconds }.min() ?? 0
        return .nanoseconds(min(max(shortest / 4, 5_000_000), 1_000_000_000))
    }
}

extension EventLoop {
    /// Calls `body` on the loop every `interval`.
    func scheduleTicks(every interval: TimeAmount, _ body: @escaping @Sendable () -> Void) -> RepeatedTask {
        scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in body() }
    }
}

extension BodyPipe {
    /// Fails the body with 408 when its reader has waited longer than `limit` for a client that sends nothing, or longer in all than one
    /// that sends `rate` bytes a second would let it.
    func expire(after limit: Duration, rate: Int, now: NIODeadline) {
        guard let since = waitingSince else { return }
        if now - since > TimeAmount(limit) {
            fail(
                ProblemResponse(
                    kind: .requestTimeout, detail: "no byte of the request body arrived for \(limit.readable)"))
            return
        }
        let (waited, received) = progress
        guard TransferPace.isBelow(rate, bytes: received, in: waited, grace: TimeAmount(limit)) else { return }
        fail(
            ProblemResponse(
                kind: .requestTimeout,
                detail:
                    "the request body arrives too slowly: after \(limit.readable), it must come with \(rate) bytes a second"
            ))
    }
}
