/// What a server did with the requests of the conformance kit.
public struct ConformanceReport: Sendable {
    public enum Verdict: Sendable, Equatable {
        case passed
        /// What was wrong.
        case failed(String)
        /// Why it could not be tried.
        case skipped(String)
    }

    /// One thing that the protocol asks of a server.
    public struct Line: Sendable {
        public let area: ConformanceArea
        public let requirement: String
        public let verdict: Verdict
    }

    public internal(set) var lines: [Line] = []

    public var failures: Int { lines.count { if case .failed = $0.verdict { true } else { false } } }
    public var passes: Int { lines.count { $0.verdict == .passed } }
    public var skips: Int { lines.count - failures - passes }
}

/// What a requirement is about.
public enum ConformanceArea: String, Sendable, CaseIterable {
    case schema, order, items, determinism, fingerprint, encoding, refusals, limits
    case http2 = "HTTP/2"
}

/// A requirement and how it is tried.
struct Check: Sendable {
    let area: ConformanceArea
    let requirement: String
    /// - Throws: ``Finding`` when the server does something else, ``NotTried`` when it cannot be tried; anything else is a finding, too.
    let run: @Sendable (Subject) async throws -> Void

    init(_ area: ConformanceArea, _ requirement: String, _ run: @escaping @Sendable (Subject) async throws -> Void) {
        self.area = area
        self.requirement = requirement
        self.run = run
    }
}

/// That a server does something else than the protocol says.
struct Finding: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Why a requirement cannot be tried with this server.
struct NotTried: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// - Throws: ``Finding``.
func expect(_ condition: Bool, _ finding: @autoclosure () -> String) throws(Finding) {
    if !condition { throw Finding(finding()) }
}
