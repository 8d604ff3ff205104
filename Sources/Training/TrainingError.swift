/// Why a run cannot begin or go on: what was wrong, where, and what to do.
public struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is; an executable makes its exit status of it.
    public enum Kind: Sendable, Equatable {
        /// A setting, or settings that do not go together.
        case configuration
        /// The expert data.
        case data
        /// The run directory or a checkpoint in it.
        case runDirectory
        /// The reward service, or too many items that it could not score.
        case reward
        /// The numbers: a loss or a gradient that is not finite.
        case divergence
        /// More memory than the run may take.
        case memory
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
