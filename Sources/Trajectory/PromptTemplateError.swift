/// A prompt template that does not go with a checkpoint.
public struct PromptTemplateError: Error, Equatable, CustomStringConvertible {
    /// The checkpoint, folder or file; nil for a model that is made anew.
    public let checkpoint: String?
    /// What is wrong, and what to do.
    public let message: String

    public init(checkpoint: String?, message: String) {
        self.checkpoint = checkpoint
        self.message = message
    }

    public var description: String { checkpoint.map { "\($0): \(message)" } ?? message }
}
