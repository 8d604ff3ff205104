/// Why a session gave up on its peer.
public enum SessionViolation: Sendable, Hashable, CustomStringConvertible {
    /// Too many RST_STREAM frames from the peer.
    case resetFlood
    /// Too many RST_STREAM frames that the peer's faults made us send.
    case provokedResetFlood
    case pingFlood
    case settingsFlood
    case emptyDataFlood
    case smallDataFlood
    case priorityFlood
    /// WINDOW_UPDATE frames out of all proportion to the DATA sent.
    case windowUpdateFlood
    case goAwayFlood
    /// Too many CONTINUATION frames in one header block.
    case continuationFlood
    /// A header list far beyond the limit.
    case headerBomb
    /// Acknowledgements pile up because the peer asks for them without reading.
    case unreadAcknowledgements
    /// A rule of HTTP/2 was broken.
    case protocolError(ErrorCode, reason: String)

    /// The code of the GOAWAY that tells the peer.
    public var errorCode: ErrorCode {
        if case .protocolError(let code, _) = self { code } else { .enhanceYourCalm }
    }

    public var description: String {
        switch self {
        case .resetFlood: "too many streams were reset (RST_STREAM flood)"
        case .provokedResetFlood: "too many faulty streams had to be reset"
        case .pingFlood: "too many PING frames"
        case .settingsFlood: "too many SETTINGS frames"
        case .emptyDataFlood: "too many DATA frames without data"
        case .smallDataFlood: "too many DATA frames of a few bytes"
        case .priorityFlood: "too many PRIORITY frames"
        case .windowUpdateFlood: "too many WINDOW_UPDATE frames"
        case .goAwayFlood: "too many GOAWAY frames"
        case .continuationFlood: "too many CONTINUATION frames in one header block"
        case .headerBomb: "a header list far beyond SETTINGS_MAX_HEADER_LIST_SIZE"
        case .unreadAcknowledgements: "acknowledgements were asked for faster than they were read"
        case .protocolError(let code, let reason): "\(code): \(reason)"
        }
    }

    /// A label of bounded cardinality, for metrics.
    public var shortDescription: String {
        switch self {
        case .resetFlood: "resetFlood"
        case .provokedResetFlood: "provokedResetFlood"
        case .pingFlood: "pingFlood"
        case .settingsFlood: "settingsFlood"
        case .emptyDataFlood: "emptyDataFlood"
        case .smallDataFlood: "smallDataFlood"
        case .priorityFlood: "priorityFlood"
        case .windowUpdateFlood: "windowUpdateFlood"
        case .goAwayFlood: "goAwayFlood"
        case .continuationFlood: "continuationFlood"
        case .headerBomb: "headerBomb"
        case .unreadAcknowledgements: "unreadAcknowledgements"
        case .protocolError: "protocolError"
        }
    }
}
