import ArgumentParser

/// `--color`: whether results on standard output are coloured.
public enum ColorChoice: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// On a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says otherwise.
    case auto
    case always
    case never

    /// Whether to colour what goes to an output.
    public func applies(to capabilities: TerminalOutput.Capabilities) -> Bool {
        switch self {
        case .auto: capabilities.hasColor
        case .always: true
        case .never: false
        }
    }
}
