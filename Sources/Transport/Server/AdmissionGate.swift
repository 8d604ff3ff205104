import Synchronization

/// Counts the requests whose handlers run, so that a server that has enough to do says so at once, before work queues
/// up that its callers will have given up on.
final class AdmissionGate: Sendable {
    enum Entry {
        /// To be given back when the request is over.
        case admitted(LoadEstimate.Work)
        /// All places are taken.
        case full
        /// The answer would come after the caller's deadline; by how much.
        case late(by: Duration)
    }

    private struct State {
        var running = 0
        var estimate = LoadEstimate()
    }

    let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Takes a place.
    /// - Parameters:
    ///   - bytes: of the body, as far as its length was said.
    ///   - deadline: how long the caller waits, where it has said so.
    func enter(bytes: Int, deadline: Duration?, now: ContinuousClock.Instant = .now) -> Entry {
        state.withLock { state in
            guard state.running < limit else { return .full }
            if let deadline, let wait = state.estimate.wait(bytes: bytes), wait > deadline {
                return .late(by: wait - deadline)
            }
            state.running += 1
            return .admitted(state.estimate.begin(bytes: bytes, now: now))
        }
    }

    /// - Parameters:
    ///   - received: how much of the body came.
    ///   - waited: how long the service waited for it.
    func leave(
        _ work: LoadEstimate.Work, received: Int? = nil, waited: Duration = .zero, now: ContinuousClock.Instant = .now
    ) {
        state.withLock { state in
            state.running -= 1
            state.estimate.end(work, received: received, waited: waited, now: now)
        }
    }

    var count: Int { state.withLock { $0.running } }
}
