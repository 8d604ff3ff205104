import Reward
import ServiceAPI
import Synchronization

/// The reward functions that requests have named lately: the same few in every request of a training run, and pure, so that one may serve all.
final class FunctionCache: Sendable {
    private struct Key: Hashable {
        let name: [UInt8]
        /// Bytes, since strings that are canonically equivalent are equal, and different parameters.
        let parameters: [UInt8]
    }

    /// Requests can name any number of parameters; a training run has a handful.
    private static let maximumCount = 64
    /// Nor are they long: in bytes, so that what is kept stays small whatever requests bring.
    private static let maximumParameters = 16 * 1024

    private let registry: RewardRegistry
    private let made = Mutex<[Key: any RewardFunction]>([:])

    init(_ registry: RewardRegistry) { self.registry = registry }

    /// - Throws: as `RewardRegistry.make`.
    func make(name: String, parameters: [String: JSONValue]) throws(ProblemDetails) -> any RewardFunction {
        let key = Key(name: Array(name.utf8), parameters: Array(JSONValue.object(parameters).canonicalText.utf8))
        if let known = made.withLock({ $0[key] }) { return known }
        let function = try registry.make(name: name, parameters: parameters)
        guard key.parameters.count <= Self.maximumParameters else { return function }
        made.withLock { made in
            if made.count >= Self.maximumCount { made.removeAll() }
            made[key] = function
        }
        return function
    }
}
