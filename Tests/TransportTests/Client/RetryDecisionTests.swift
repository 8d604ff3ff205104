import HTTPTypes
import Testing
import Transport

/// When an attempt is made again, without clocks.
@Suite struct RetryDecisionTests {
    private let lost = AttemptFailure(.connectionLost, "lost")
    private let refused = AttemptFailure(.connectionRefused, "refused", isConnectFailure: true)
    private let unprocessed = AttemptFailure(.unprocessed, "GOAWAY", isUnprocessed: true)

    private let distrusted = AttemptFailure(.tlsFailed, "expired", isConnectFailure: true)

    private static func decide(
        _ outcome: RetryState.Outcome, policy: RetryPolicy = .init(), isIdempotent: Bool = true,
        remaining: Duration = .seconds(60), hasUntriedServer: Bool = false, otherMayRecover: Bool = false,
        unit: Double = 1,
        budget: RetryBudget? = nil
    ) -> RetryState.Decision {
        var state = RetryState(policy: policy, isIdempotent: isIdempotent)
        var budget = budget ?? RetryBudget(policy)
        return state.next(
            after: outcome, remaining: remaining, hasUntriedServer: hasUntriedServer, otherMayRecover: otherMayRecover,
            unit: unit, now: 784_111_777, budget: &budget)
    }

    private static func response(_ status: HTTPResponse.Status, retryAfter: String? = nil) -> HTTPResponse {
        var fields = HTTPFields()
        fields[.retryAfter] = retryAfter
        return HTTPResponse(status: status, headerFields: fields)
    }

    @Test func pausesDoubleUpToTheirCeilingAndAreDrawnBelowIt() {
        var state = RetryState(
            policy: .init(maximumAttempts: nil, baseDelay: .milliseconds(100), maximumDelay: .seconds(1)),
            isIdempotent: true)
        var budget = RetryBudget(.init(budgetReserve: 100))
        let pauses = (0..<6).map { _ in
            state.next(
                after: .failed(lost), remaining: .seconds(60), hasUntriedServer: false, unit: 0.5, now: 0,
                budget: &budget)
        }
        let milliseconds = [50, 100, 200, 400, 500, 500]
        #expect(pauses == milliseconds.map { .retry(after: .milliseconds($0)) })
        #expect(state.attempts == 6)
        #expect(RetryPolicy().ceiling(afterAttempt: 1000) == RetryPolicy().maximumDelay)
    }

    @Test func attemptsAreCounted() {
        var state = RetryState(policy: .init(maximumAttempts: 2), isIdempotent: true)
        var budget = RetryBudget(.init())
        func next() -> RetryState.Decision {
            state.next(
                after: .failed(lost), remaining: .seconds(9), hasUntriedServer: false, unit: 0, now: 0, budget: &budget)
        }
        #expect(next() == .retry(after: .zero))
        #expect(next() == .stop)
    }

    @Test func onlyWhatWasNotActedOnIsRepeatedForAPOST() {
        #expect(Self.decide(.failed(lost), isIdempotent: false) == .stop)
        #expect(Self.decide(.failed(refused), isIdempotent: false) != .stop)
        #expect(Self.decide(.failed(unprocessed), isIdempotent: false) != .stop)
        #expect(Self.decide(.answered(Self.response(.serviceUnavailable)), isIdempotent: false) == .stop)
        #expect(
            Self.decide(.answered(Self.response(.serviceUnavailable, retryAfter: "1")), isIdempotent: false)
                == .retry(after: .milliseconds(1100)))
    }

    @Test func statusesThatAskForIt() {
        for status in [429, 502, 503, 504] {
            #expect(Self.decide(.answered(Self.response(.init(code: status)))) == .retry(after: .milliseconds(100)))
        }
        for status in [200, 202, 301, 400, 404, 408, 409, 413, 422, 500, 501] {
            #expect(Self.decide(.answered(Self.response(.init(code: status)))) == .stop)
        }
        for code in [TransportError.Code.responseTooLarge, .invalidResponse, .notHTTP2, .cancelled, .shutDown] {
            #expect(Self.decide(.failed(AttemptFailure(code, ""))) == .stop)
        }
    }

    @Test func retryAfterIsSecondsOrADate() {
        func pause(_ text: String) -> RetryState.Decision {
            Self.decide(.answered(Self.response(.serviceUnavailable, retryAfter: text)), unit: 0)
        }
        #expect(pause("7") == .retry(after: .seconds(7)))
        #expect(pause("Sun, 06 Nov 1994 08:49:47 GMT") == .retry(after: .seconds(10)))
        #expect(pause("Sun, 06 Nov 1994 08:00:00 GMT") == .retry(after: .zero))
        #expect(pause("soon") == .retry(after: .zero))
        #expect(pause("-1") == .retry(after: .zero))
        // Longer than there is time: no use waiting.
        #expect(pause("61") == .deadline)
    }

    @Test func anotherServerIsAskedWithoutWaiting() {
        #expect(Self.decide(.failed(refused), hasUntriedServer: true) == .retry(after: .zero))
        #expect(
            Self.decide(.answered(Self.response(.serviceUnavailable, retryAfter: "60")), hasUntriedServer: true)
                == .retry(after: .milliseconds(100)))
    }

    @Test func aCertificateThatIsNotBelievedIsTriedElsewhereOnly() {
        #expect(Self.decide(.failed(distrusted)) == .stop)
        #expect(Self.decide(.failed(distrusted), hasUntriedServer: true) == .retry(after: .zero))
        #expect(Self.decide(.failed(distrusted), otherMayRecover: true) == .retry(after: .milliseconds(100)))
    }

    @Test func whatIsLeftOfTheDeadlineIsUsed() {
        let slow = RetryPolicy(baseDelay: .seconds(10), maximumDelay: .seconds(10))
        #expect(Self.decide(.failed(lost), policy: slow, remaining: .seconds(4)) == .retry(after: .seconds(2)))
        #expect(Self.decide(.failed(lost), policy: slow, remaining: .milliseconds(10)) == .deadline)
        #expect(Self.decide(.failed(lost), remaining: .zero) == .deadline)
    }

    @Test func theBudgetBoundsRetriesOverAllCalls() {
        let policy = RetryPolicy(budgetRatio: 0.5, budgetReserve: 1)
        var budget = RetryBudget(policy)
        #expect(budget.withdraw() == true)
        #expect(budget.withdraw() == false)
        let spent = budget
        #expect(Self.decide(.failed(lost), policy: policy, budget: spent) == .stop)
        // Who waits until the deadline waits longer instead; who reached no server has loaded none.
        let patient = RetryPolicy(maximumAttempts: nil, maximumDelay: .seconds(5))
        #expect(Self.decide(.failed(lost), policy: patient, budget: spent) == .retry(after: .seconds(5)))
        #expect(Self.decide(.failed(refused), policy: policy, budget: spent) == .retry(after: .milliseconds(100)))
        budget.deposit()
        #expect(budget.withdraw() == false)
        budget.deposit()
        #expect(budget.withdraw() == true)
    }

    @Test func theBreakerOpensAndProbes() {
        var breaker = CircuitBreaker()
        let start = ContinuousClock.now
        for _ in 1..<CircuitBreaker.threshold { breaker.failed(at: start, isConnectFailure: false) }
        #expect(breaker.permits(at: start))
        breaker.succeeded()
        for _ in 1...CircuitBreaker.threshold { breaker.failed(at: start, isConnectFailure: false) }
        #expect(!breaker.permits(at: start))
        let later = start + CircuitBreaker.firstCooldown
        #expect(breaker.permits(at: later))
        breaker.began(at: later)
        // One probe at a time; when it fails, the pause doubles.
        #expect(!breaker.permits(at: later))
        breaker.failed(at: later, isConnectFailure: false)
        #expect(!breaker.permits(at: later + CircuitBreaker.firstCooldown))
        let again = later + CircuitBreaker.firstCooldown * 2
        #expect(breaker.permits(at: again))
        breaker.began(at: again)
        breaker.inconclusive(at: again)
        #expect(breaker.permits(at: again))
        breaker.began(at: again)
        breaker.succeeded()
        #expect(breaker.permits(at: again))
        // Nobody listens: no second opinion needed.
        breaker.failed(at: again, isConnectFailure: true)
        #expect(!breaker.permits(at: again))
    }
}
