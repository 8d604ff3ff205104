/// A model cannot be made, loaded or asked as it was: what, and which values.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
