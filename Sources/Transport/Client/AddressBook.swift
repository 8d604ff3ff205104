import Logging

/// The addresses of a client's servers, looked up when needed and again when they are old or have failed.
actor AddressBook {
    typealias Resolve = @Sendable (ServerURL) async throws -> [Endpoint]

    /// After a failure the names are looked up again, but not more often than this.
    private static let shortestLifetime = Duration.seconds(1)

    private let urls: [ServerURL]
    private let lifetime: Duration
    private let resolve: Resolve
    private let logger: Logger
    private var known: [Endpoint] = []
    private var knownSince: ContinuousClock.Instant?
    private var isSuspect = false
    private var lookup: Task<[Endpoint], any Error>?

    init(urls: [ServerURL], lifetime: Duration, logger: Logger, resolve: @escaping Resolve) {
        self.urls = urls
        self.lifetime = lifetime
        self.logger = logger
        self.resolve = resolve
    }

    /// All addresses of all servers.
    /// - Throws: ``AttemptFailure`` when no name has one.
    func endpoints() async throws -> [Endpoint] {
        if let knownSince {
            let age = ContinuousClock.now - knownSince
            if age < (isSuspect ? Self.shortestLifetime : lifetime) { return known }
        }
        // Calls that come meanwhile wait for the same answer.
        let lookup = self.lookup ?? Task { try await self.lookUp() }
        self.lookup = lookup
        return try await lookup.value
    }

    /// An address did not answer: perhaps the name has moved.
    func suspect() { isSuspect = true }

    private func lookUp() async throws -> [Endpoint] {
        defer { lookup = nil }
        var found: [Endpoint] = []
        var firstError: (any Error)?
        for url in urls {
            do {
                for endpoint in try await resolve(url) where !found.contains(endpoint) { found.append(endpoint) }
            } catch {
                firstError = firstError ?? error
                logger.debug("name not resolved", metadata: ["server": "\(url)", "error": "\(error)"])
            }
        }
        if found.isEmpty {
            // What was known may still do, and is better than nothing.
            guard known.isEmpty else { return known }
            throw firstError ?? AttemptFailure(.nameNotResolved, "no server is configured", isConnectFailure: true)
        }
        known = found
        knownSince = .now
        isSuspect = false
        return found
    }
}
