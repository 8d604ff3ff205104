/// That what scores a run has changed: a part of the line of `metrics.jsonl` of the first step that it scores.
public struct RewardChange: Codable, Sendable, Equatable {
    public enum Reason: String, Codable, Sendable, CaseIterable {
        /// The configuration file has changed.
        case file
        /// SIGHUP.
        case signal
        /// The run was continued with another list than it was left with.
        case resume
        /// Nobody asked for it: a server answers with another fingerprint. Only where the configuration lets that pass.
        case unannounced
    }

    /// The first step that is scored so, counted from 1.
    public var step: Int
    public var reason: Reason
    /// The fingerprint before; nil where nothing had been scored.
    public var before: String?
    /// The fingerprint from now on; nil until something has been scored.
    public var after: String?
    /// The keys of the configuration that have changed.
    public var changed: [String]

    public init(step: Int, reason: Reason, before: String?, after: String?, changed: [String] = []) {
        self.step = step
        self.reason = reason
        self.before = before
        self.after = after
        self.changed = changed
    }
}

/// A list of rewards that takes the place of the present one between two steps.
public struct RewardReload: Sendable {
    /// Connected, and found to answer.
    public let list: RewardList
    /// Of each of its sources, as it answered.
    public let fingerprints: [String]
    public let reason: RewardChange.Reason
    /// The keys of the configuration that have changed.
    public let changed: [String]

    public init(list: RewardList, fingerprints: [String], reason: RewardChange.Reason, changed: [String]) {
        self.list = list
        self.fingerprints = fingerprints
        self.reason = reason
        self.changed = changed
    }
}

/// Who asks for another list while a run goes on. A run asks between its steps, so that no rollout is without its scores.
public protocol RewardReloads: Sendable {
    /// The list that is to be used from now on; nil when it is to stay as it is. Returns at once.
    func take() -> RewardReload?

    /// Keeps the list for a later resume, before it is used.
    func keep(_ reload: RewardReload) throws
}
