import Synchronization

/// The token that a client shows: the first one of a file, read again when the file changes and when a server refuses it.
public final class BearerTokenFile: Sendable {
    private struct State {
        var token: String
        var identity: FileIdentity?
        var lookedAt: ContinuousClock.Instant
    }

    /// What is to be shown now.
    struct Reading: Sendable {
        let token: String
        /// The file has changed, and cannot be used as it is now.
        var problem: SecretFileError?
    }

    /// How often the file is looked at, at most.
    private static let interval = Duration.milliseconds(500)

    public let path: String
    private let state: Mutex<State>

    /// - Throws: ``SecretFileError``.
    public init(_ path: String) throws(SecretFileError) {
        self.path = path
        let identity = FileIdentity(path)
        state = Mutex(State(token: try BearerTokens(file: path).first, identity: identity, lookedAt: .now))
    }

    /// The token; the old one where a new file cannot be read.
    func read(at now: ContinuousClock.Instant = .now) -> Reading {
        state.withLock { state in
            var problem: SecretFileError?
            if now - state.lookedAt >= Self.interval {
                state.lookedAt = now
                problem = Self.update(&state, path)
            }
            return Reading(token: state.token, problem: problem)
        }
    }

    /// The token after a server has refused `token`; nil when the file has no other one.
    func read(insteadOf token: String) -> String? {
        state.withLock { state in
            state.identity = nil
            _ = Self.update(&state, path)
            return state.token == token ? nil : state.token
        }
    }

    private static func update(_ state: inout State, _ path: String) -> SecretFileError? {
        let identity = FileIdentity(path)
        guard identity != state.identity else { return nil }
        state.identity = identity
        do {
            state.token = try BearerTokens(file: path).first
            return nil
        } catch { return error }
    }
}
