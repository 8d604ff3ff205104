import ServiceAPI
import Synchronization

/// Whether a service takes work now.
public enum Readiness: Sendable, Equatable {
    case ready
    /// Why not, for the person who looks at `/readyz`.
    case notReady(String)
}

/// Whether the process has been asked to end: from then on `/readyz` says so, that load balancers look elsewhere.
final class DrainFlag: Sendable {
    private let stored = Atomic(false)

    var isSet: Bool { stored.load(ordering: .acquiring) }
    func set() { stored.store(true, ordering: .releasing) }
}
