import HTTPTypes
import ServiceAPI
import Synchronization

/// Who may use a server, and how much of it: bearer tokens and each client's share. Asked for every request before anything is done for it.
public final class AccessControl: Sendable {
    /// Where tokens are read from; nil: no token is asked for.
    public let tokenFile: String?
    /// Paths that anybody may ask for, as often as they like.
    public let openPaths: Set<String>
    private let limits: ClientLimits
    private let tokens: Mutex<BearerTokens?>
    private let shares: Mutex<ClientLimiterState>

    /// - Throws: ``SecretFileError`` for a file that holds no tokens.
    public init(
        tokenFile: String? = nil, openPaths: Set<String> = ["/healthz", "/readyz"],
        limits: ClientLimits = ClientLimits()
    ) throws(SecretFileError) {
        self.tokenFile = tokenFile
        self.openPaths = openPaths
        self.limits = limits
        tokens = Mutex(try Self.tokens(in: tokenFile))
        shares = Mutex(ClientLimiterState(limits))
    }

    private static func tokens(in file: String?) throws(SecretFileError) -> BearerTokens? {
        guard let file else { return nil }
        return try BearerTokens(file: file)
    }

    /// Reads the file of tokens again; what it held before counts on when it cannot be used.
    ///
    /// - Returns: how many tokens there are now.
    /// - Throws: ``SecretFileError``.
    @discardableResult public func reloadTokens() throws(SecretFileError) -> Int {
        let read = try Self.tokens(in: tokenFile)
        tokens.withLock { $0 = read }
        return read?.count ?? 0
    }

    /// The share of a client that a request takes until it is over.
    struct Permit: Sendable {
        fileprivate let control: AccessControl
        fileprivate let client: ClientIdentity

        func release() { control.shares.withLock { $0.leave(client) } }
    }

    /// - Returns: what to release when the request is over; nil where nothing is counted.
    /// - Throws: ``ProblemResponse`` 401 without a token that counts, 429 beyond the client's share.
    func admit(
        _ head: HTTPRequest, path: String, from peer: Peer, now: ContinuousClock.Instant = .now
    ) throws(ProblemResponse) -> Permit? {
        guard !openPaths.contains(path) else { return nil }
        let (client, refusal) = identify(head, peer)
        guard !limits.isUnlimited else {
            if let refusal { throw refusal }
            return nil
        }
        // Who has no token uses up the share of its address: guessing tokens is bounded like everything else.
        switch shares.withLock({ $0.enter(client, now: now) }) {
        case .admitted: break
        case .tooFast(let pause): throw .tooFast(client, limits, pause)
        case .tooManyAtOnce: throw .tooManyAtOnce(client, limits)
        }
        let permit = Permit(control: self, client: client)
        guard let refusal else { return permit }
        permit.release()
        throw refusal
    }

    private func identify(_ head: HTTPRequest, _ peer: Peer) -> (ClientIdentity, ProblemResponse?) {
        let address = ClientIdentity.address(peer.network)
        let owner = peer.certificateName.map(ClientIdentity.certificate) ?? address
        guard let tokens = tokens.withLock({ $0 }) else { return (owner, nil) }
        guard let shown = Self.bearerToken(in: head.headerFields) else { return (address, .tokenMissing) }
        guard let name = tokens.name(of: shown.utf8) else { return (address, .tokenUnknown) }
        return (.token(name), nil)
    }

    /// The token of `authorization: Bearer TOKEN` (RFC 6750 section 2.1); the scheme's case does not count.
    private static func bearerToken(in fields: HTTPFields) -> Substring? {
        guard let value = fields[.authorization] else { return nil }
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return words[1].drop { $0 == " " }
    }
}

extension ProblemResponse {
    fileprivate static var tokenMissing: ProblemResponse {
        ProblemResponse(
            kind: .unauthorized,
            detail: "this service asks for a bearer token: send the header 'authorization: Bearer TOKEN'",
            headers: [.wwwAuthenticate: "Bearer"])
    }

    fileprivate static var tokenUnknown: ProblemResponse {
        ProblemResponse(
            kind: .unauthorized,
            detail:
                "the bearer token is none that this service takes; it may have been replaced: ask whoever runs the service",
            headers: [.wwwAuthenticate: "Bearer error=\"invalid_token\""])
    }

    fileprivate static func tooFast(
        _ client: ClientIdentity, _ limits: ClientLimits, _ pause: Duration
    ) -> ProblemResponse {
        // In whole seconds (RFC 9110 section 10.2.3), rounded up: a client that comes back earlier would be refused again.
        let seconds = max(1, Int((pause / .seconds(1)).rounded(.up)))
        let rate = limits.requestsPerSecond.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" } ?? ""
        return ProblemResponse(
            kind: .tooManyRequests,
            detail: "the client \(client) makes more than \(rate) requests a second; try again in \(seconds) s",
            headers: [.retryAfter: String(seconds)])
    }

    fileprivate static func tooManyAtOnce(_ client: ClientIdentity, _ limits: ClientLimits) -> ProblemResponse {
        let maximum = limits.concurrentRequests ?? 0
        return ProblemResponse(
            kind: .tooManyRequests,
            detail: "the client \(client) has \(maximum) requests under way, its limit; try again when one is answered",
            headers: [.retryAfter: "1"])
    }
}
