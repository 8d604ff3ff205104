import HTTPTypes

/// Follows one call through its attempts and says what to do after each. A value without clocks or randomness of its
/// own: both are handed in.
package struct RetryState {
    /// How an attempt ended.
    package enum Outcome {
        case answered(HTTPResponse)
        case failed(AttemptFailure)
    }

    package enum Decision: Equatable {
        /// The outcome stands.
        case stop
        /// Waiting would outlast the deadline.
        case deadline
        /// Another attempt, after a pause.
        case retry(after: Duration)
    }

    /// With less than this left, another attempt is of no use.
    package static let shortestRest = Duration.milliseconds(20)

    package let policy: RetryPolicy
    package let isIdempotent: Bool
    package private(set) var attempts = 0

    package init(policy: RetryPolicy, isIdempotent: Bool) {
        self.policy = policy
        self.isIdempotent = isIdempotent
    }

    /// - Parameters:
    ///   - remaining: until the deadline.
    ///   - hasUntriedServer: another server has not been asked in this call yet, so that there is no need to wait for
    ///     the one that failed.
    ///   - otherMayRecover: another server has failed of what may be over the next time.
    ///   - unit: evenly distributed in 0...1.
    ///   - now: seconds since 1970, for a `Retry-After` that is a date.
    package mutating func next(
        after outcome: Outcome, remaining: Duration, hasUntriedServer: Bool, otherMayRecover: Bool = false,
        unit: Double, now: Int, budget: inout RetryBudget
    ) -> Decision {
        attempts += 1
        guard mayRetry(outcome, isOtherWorthIt: hasUntriedServer || otherMayRecover) else { return .stop }
        if let maximum = policy.maximumAttempts, attempts >= maximum { return .stop }
        guard remaining > .zero else { return .deadline }

        var pause = policy.ceiling(afterAttempt: attempts) * unit
        if case .failed(let failure) = outcome, failure.isConnectFailure {
            if hasUntriedServer { pause = .zero }
        } else if !budget.withdraw() {
            guard policy.maximumAttempts == nil else { return .stop }
            pause = policy.maximumDelay
        }
        if case .answered(let response) = outcome, !hasUntriedServer, let asked = Self.retryAfter(response, now: now) {
            // The server's wish is the least; jitter on top, so that not all it turned away come at once.
            pause = asked + pause
        }
        if pause < remaining { return .retry(after: pause) }
        // A pause of our own may be shortened to use what is left; one that the server asked for may not.
        let isServersWish = if case .answered = outcome { !hasUntriedServer } else { false }
        return isServersWish || remaining < Self.shortestRest ? .deadline : .retry(after: remaining / 2)
    }

    private func mayRetry(_ outcome: Outcome, isOtherWorthIt: Bool) -> Bool {
        switch outcome {
        // A certificate does not get better by waiting, but another server may have a good one.
        case .failed(let failure) where failure.code == .tlsFailed: isOtherWorthIt
        case .failed(let failure): failure.isTransient && (isIdempotent || failure.isUnprocessed)
        case .answered(let response): Self.isRetryable(response, isIdempotent: isIdempotent)
        }
    }

    package static func isRetryable(_ response: HTTPResponse, isIdempotent: Bool) -> Bool {
        switch response.status.code {
        case 429, 503: isIdempotent || response.headerFields[.retryAfter] != nil
        case 502, 504: isIdempotent
        default: false
        }
    }

    /// The pause that the server asks for: seconds or a date (RFC 9110 section 10.2.3).
    package static func retryAfter(_ response: HTTPResponse, now: Int) -> Duration? {
        guard let text = response.headerFields[.retryAfter] else { return nil }
        if let seconds = Int(text), seconds >= 0 { return .seconds(min(seconds, 86_400)) }
        return HTTPDate.secondsSinceEpoch(text).map { .seconds(min(max(0, $0 - now), 86_400)) }
    }
}
