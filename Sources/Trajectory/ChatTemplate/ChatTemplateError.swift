/// A chat template that cannot be read, uses something that is not supported, or fails on a conversation.
public struct ChatTemplateError: Error, Equatable, CustomStringConvertible {
    /// The template's line, from 1; nil where the whole is meant.
    public let line: Int?
    /// What is wrong, and with which construct.
    public let message: String

    public init(line: Int?, message: String) {
        self.line = line
        // Parts of it are the template's or the conversation's, which may be of any length.
        self.message = message.utf8.count <= 2000 ? message : message.prefix(1000) + ".."
    }

    public var description: String {
        "chat template\(line.map { ", line \($0)" } ?? ""): \(message)"
    }
}
