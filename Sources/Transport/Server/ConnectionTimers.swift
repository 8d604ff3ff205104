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
    /// Fails the body with 408 when its reader has waited longer than `limit` for a client that sends nothing.
    func expire(after limit: Duration, now: NIODeadline) {
        guard let since = waitingSince, now - since > TimeAmount(limit) else { return }
        fail(
            ProblemResponse(
                kind: .requestTimeout, detail: "no byte of the request body arrived for \(limit.readable)"))
    }
}
