import Foundation

/// A file of tokens, certificates or keys that cannot be used: which one, why, and what to do.
public struct SecretFileError: Error, Sendable, Hashable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}

extension SecretFileError {
    /// The bytes of a small file.
    package static func read(_ path: String) throws(SecretFileError) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch let error as CocoaError {
            let reason =
                switch error.code {
                case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
                case .fileReadNoPermission: "it may not be read (permission denied)"
                default: error.localizedDescription
                }
            throw SecretFileError(path: path, reason: reason)
        } catch {
            throw SecretFileError(path: path, reason: error.localizedDescription)
        }
    }
}
