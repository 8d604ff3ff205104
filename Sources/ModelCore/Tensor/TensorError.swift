/// An operation was given shapes that do not fit, or values out of range.
public struct TensorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The operation, as it is called in code.
    public let operation: String
    public let message: String

    public init(_ operation: String, _ message: String) {
        self.operation = operation
        self.message = message
    }

    static func shapes(_ operation: String, _ left: [Int], _ right: [Int], _ rule: String) -> TensorError {
        TensorError(operation, "\(left) and \(right) do not fit: \(rule)")
    }

    public var description: String { "\(operation): \(message)" }
}
