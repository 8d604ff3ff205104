import ServiceKit
import Synchronization

/// A standard error whose text can be read.
final class Captured: Sendable {
    private let stored = Mutex("")

    var text: String { stored.withLock { $0 } }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }

    func output(
        isTerminal: Bool = false, hasColor: Bool = false, hasUnicode: Bool = true, width: Int = 80
    ) -> TerminalOutput {
        TerminalOutput(
            capabilities: .init(isTerminal: isTerminal, hasColor: hasColor, hasUnicode: hasUnicode), width: { width },
            write: { text in self.stored.withLock { $0 += text } })
    }

    /// What a person would see, the control codes carried out: the finished lines and the one that stands.
    var screen: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.components(after: "\r\u{1B}[K")
        }
    }
}

extension Substring {
    fileprivate func components(after mark: String) -> String {
        var rest = self
        while let range = rest.firstRange(of: mark) { rest = rest[range.upperBound...] }
        return String(rest)
    }
}
