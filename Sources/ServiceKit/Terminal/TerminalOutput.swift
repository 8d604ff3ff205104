import Foundation
import Synchronization

/// Standard error as this process writes it: whole lines, and on a terminal one status line that stays below them.
///
/// Log lines, messages and the progress bar all go through one value, so that none is written into the middle of another.
public final class TerminalOutput: Sendable {
    public static let standardError = TerminalOutput(
        capabilities: .detected(descriptor: STDERR_FILENO),
        width: { Capabilities.width(descriptor: STDERR_FILENO) },
        write: { writeAll($0, to: STDERR_FILENO) })

    /// Standard output, for results that look better on a terminal; it has no status line of its own.
    public static let standardOutput = TerminalOutput(
        capabilities: .detected(descriptor: STDOUT_FILENO),
        width: { Capabilities.width(descriptor: STDOUT_FILENO) },
        write: { writeAll($0, to: STDOUT_FILENO) })

    /// What the other end can show.
    public struct Capabilities: Sendable, Equatable {
        /// A person watches: lines may be overwritten.
        public var isTerminal: Bool
        /// Colour is wanted: a terminal, and neither NO_COLOR (no-color.org) nor TERM=dumb.
        public var hasColor: Bool
        /// Box characters will show.
        public var hasUnicode: Bool

        public init(isTerminal: Bool, hasColor: Bool = false, hasUnicode: Bool = true) {
            self.isTerminal = isTerminal
            self.hasColor = hasColor
            self.hasUnicode = hasUnicode
        }
    }

    public let capabilities: Capabilities
    private let currentWidth: @Sendable () -> Int
    private let write: @Sendable (String) -> Void
    /// The status line now shown. The lock also keeps writes whole.
    private let status = Mutex<String?>(nil)

    /// - Parameters:
    ///   - width: the columns of the terminal, asked for at every redraw: windows are resized.
    ///   - write: takes text that is to appear as it is.
    public init(
        capabilities: Capabilities, width: @escaping @Sendable () -> Int = { 80 },
        write: @escaping @Sendable (String) -> Void
    ) {
        self.capabilities = capabilities
        self.currentWidth = width
        self.write = write
    }

    public var width: Int { currentWidth() }

    /// Writes a line above the status line.
    public func writeLine(_ line: String) {
        status.withLock { status in
            if let status {
                write("\r\u{1B}[K\(line)\n\(status)")
            } else {
                write("\(line)\n")
            }
        }
    }

    /// `error: message`, red on a terminal.
    public func writeError(_ message: String) { writeLine("\(styled("error:", .red)) \(message)") }

    /// Shows the status line, or replaces it; nothing where there is no terminal.
    public func showStatus(_ line: String) {
        guard capabilities.isTerminal else { return }
        status.withLock { status in
            status = line
            write("\r\u{1B}[K\(line)")
        }
    }

    /// Takes the status line away.
    public func clearStatus() {
        status.withLock { status in
            guard status != nil else { return }
            status = nil
            write("\r\u{1B}[K")
        }
    }

    public enum Style: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    /// The text in a style where colour is wanted, else as it is.
    public func styled(_ text: String, _ style: Style) -> String {
        capabilities.hasColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}

extension TerminalOutput.Capabilities {
    static func detected(
        descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Self {
        Self(isTerminal: isatty(descriptor) == 1, environment: environment)
    }

    package init(isTerminal: Bool, environment: [String: String]) {
        let isDumb = environment["TERM"] == "dumb"
        let noColor = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        let locale =
            [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]]
            .compactMap { $0 }.first { !$0.isEmpty } ?? ""
        let encoding = locale.uppercased()
        self.init(
            isTerminal: isTerminal && !isDumb, hasColor: isTerminal && !isDumb && !noColor,
            hasUnicode: encoding.contains("UTF-8") || encoding.contains("UTF8"))
    }

    /// The terminal's columns, else $COLUMNS, else 80.
    static func width(descriptor: Int32) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 80
    }
}

/// Writes all bytes. A closed or full standard error loses the text: there is nowhere left to say so.
private func writeAll(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while let base = rest.baseAddress, rest.count > 0 {
            let written = Foundation.write(descriptor, base, rest.count)
            if written < 0 {
                guard errno == EINTR || errno == EAGAIN else { return }
                if errno == EAGAIN { usleep(1000) }
                continue
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
