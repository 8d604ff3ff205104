import Synchronization

/// Counts the requests whose handlers run, so that a server that has enough to do says so at once, before work queues
/// up that its callers will have given up on.
final class AdmissionGate: Sendable {
    let limit: Int
    private let running = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// Takes a place; false when all are taken.
    func enter() -> Bool {
        running.withLock { running in
            guard running < limit else { return false }
            running += 1
            return true
        }
    }

    func leave() { running.withLock { $0 -= 1 } }

    var count: Int { running.withLock { $0 } }
}
