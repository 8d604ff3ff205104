/// A checkpoint that cannot be read or written: the file, the tensor where one is at fault, what was expected and found.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
    public let file: String
    public let tensor: String?
    public let message: String
    /// `errno`, where it is the operating system that refused.
    public let systemError: Int32?

    public init(file: String, tensor: String? = nil, message: String, systemError: Int32? = nil) {
        self.file = file
        self.tensor = tensor
        self.message = message
        self.systemError = systemError
    }

    public var description: String {
        tensor.map { "\(file): tensor \($0): \(message)" } ?? "\(file): \(message)"
    }

    /// Runs `body` and gives its I/O errors the file and tensor they belong to.
    static func naming<Result>(_ file: String, tensor: String? = nil, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as FileSystemError {
            throw CheckpointError(file: file, tensor: tensor, message: error.message, systemError: error.code)
        }
    }
}
