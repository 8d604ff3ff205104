// What server and client sessions share: the table of streams, the events, the rules that libnghttp2 leaves to us. The
// callbacks are in SessionCore+Inbound.swift and SessionCore+Outbound.swift.

import HTTPTypes
import NIOCore

final class SessionCore {
    let role: NGHTTP2Session.Role
    let limits: SessionLimits
    /// Set once, at the end of `init`: the session needs its delegate.
    private var session: NGHTTP2Session?

    var events: [SessionEvent] = []
    var streams: [Int32: StreamState] = [:]
    var flood: FloodGuard
    /// The header block that is being read; there is one at a time on a connection.
    var headerBlock: HeaderCollector?
    /// Set by a callback that stops the session.
    var violation: SessionViolation?
    /// The last that libnghttp2 said about the peer's faults.
    var diagnosis: String?
    /// Resets that do not count as provoked: the application asked for them, or they were counted when the fault arrived.
    var settledResets: Set<Int32> = []
    /// Bytes of closed streams that nobody will read any more, to be given back to the connection's window.
    var connectionCredit = 0
    /// Bytes of open streams that were dropped, to be given back to the stream's window and the connection's.
    var streamCredit: [Int32: Int] = [:]
    /// Bytes of bodies queued on all streams.
    var unsentBytes = 0
    var hasReceivedSettings = false
    var lastReceivedStream: Int32 = 0

    /// Once set, libnghttp2 is not used any more; what is left to send is in here.
    private var farewell: ByteBuffer?
    private(set) var isReading = true
    /// The first bytes from the peer, to say what they were if they are no HTTP/2.
    private var firstBytes: [UInt8] = []
    private var firstBytesAreChecked = false

    init(role: NGHTTP2Session.Role, limits: SessionLimits, clock: SessionClock) throws(HTTP2Error) {
        try limits.validate()
        self.role = role
        self.limits = limits
        flood = FloodGuard(limits: limits, clock: clock)
        let session = try NGHTTP2Session(role: role, limits: limits, delegate: self)
        self.session = session
        switch role {
        case .server:
            try session.submitSettings([
                (.maximumConcurrentStreams, limits.maximumConcurrentStreams),
                (.initialWindowSize, limits.streamWindowBytes),
                (.maximumHeaderListSize, limits.maximumHeaderListBytes),
                (.noRFC7540Priorities, 1),
            ])
        case .client:
            try session.submitSettings([
                (.enablePush, 0),
                (.initialWindowSize, limits.streamWindowBytes),
                (.maximumHeaderListSize, limits.maximumHeaderListBytes),
            ])
        }
        try session.setConnectionWindow(limits.connectionWindowBytes)
    }

    /// Nil once the session is over: callers then have nothing left to do.
    var library: NGHTTP2Session? { farewell == nil ? session : nil }

    func takeEvents() -> [SessionEvent] {
        let taken = events
        events = []
        return taken
    }

    // MARK: Bytes

    func receive(_ bytes: ByteBuffer) throws(HTTP2Error) -> [SessionEvent] {
        guard isReading, let library, bytes.readableBytes > 0 else { return takeEvents() }
        if !firstBytesAreChecked { try checkFirstBytes(bytes) }
        let outcome = bytes.withUnsafeReadableBytes { library.receive($0) }
        switch outcome {
        case .processed:
            returnCredit()
        case .stoppedByDelegate:
            guard let violation else {
                close(code: .internalError, reason: "internal error")
                throw .library(operation: "session_mem_recv", code: -902, message: "a callback failed")
            }
            give(up: violation)
        case .badPreface:
            endSilently()
            throw .notHTTP2(received: describe(firstBytes))
        case .unreadAcknowledgements:
            give(up: .unreadAcknowledgements)
        case .tooManyContinuations:
            give(up: .continuationFlood)
        case .failed(let error):
            close(code: .internalError, reason: "internal error")
            throw error
        }
        return takeEvents()
    }

    /// Appends output to `buffer` until it has grown by `limit` bytes or more (by one frame at most), or nothing is left.
    func drain(into buffer: inout ByteBuffer, limit: Int) throws(HTTP2Error) {
        let end = buffer.readableBytes + limit
        var isInsideHeaderBlock = false
        while let library, buffer.readableBytes < end || isInsideHeaderBlock {
            let hasOutput: Bool
            do {
                hasOutput = try library.nextOutput { bytes in
                    buffer.writeBytes(bytes)
                    // HEADERS and its CONTINUATIONs come one by one, and nothing may be sent between them.
                    isInsideHeaderBlock = bytes.count >= 9 && (bytes[3] == 1 || bytes[3] == 9) && bytes[4] & 0x4 == 0
                }
            } catch {
                close(code: .internalError, reason: "internal error")
                throw error
            }
            let hadCredit = returnCredit()
            if !hasOutput && !hadCredit { break }
        }
        if let violation, farewell == nil { give(up: violation) }
        if var last = farewell, last.readableBytes > 0 {
            buffer.writeBuffer(&last)
            farewell = ByteBuffer()
        }
    }

    var wantsRead: Bool { isReading && library?.wantsRead ?? false }
    var wantsWrite: Bool { library?.wantsWrite ?? ((farewell?.readableBytes ?? 0) > 0) }

    /// Gives bytes that nobody will read back to the connection. Not done inside callbacks.
    @discardableResult
    func returnCredit() -> Bool {
        guard connectionCredit > 0 || !streamCredit.isEmpty, let library else { return false }
        library.consumeConnection(bytes: connectionCredit)
        connectionCredit = 0
        for (stream, bytes) in streamCredit {
            library.consume(stream: stream, bytes: bytes)
            guard let state = streams[stream], state.discarded > limits.maximumDiscardedBytes else { continue }
            // RFC 9113 section 8.1: NO_ERROR asks the client to stop, and leaves it the response.
            abandon(stream, state, code: .noError, isProvoked: false)
        }
        streamCredit.removeAll()
        return true
    }

    // MARK: The end

    private func give(up violation: SessionViolation) {
        events.append(.violation(violation))
        close(code: violation.errorCode, reason: violation.description)
    }

    /// Ends the session at once: a GOAWAY is all that is still sent, and every open stream is reported closed.
    func close(code: ErrorCode, reason: String) {
        guard farewell == nil else { return }
        farewell = GoAwayFrame.encode(
            lastStream: role == .server ? lastReceivedStream : 0, code: code, debug: reason)
        reportEnd(code: code)
    }

    /// Ends the session without a word, because the peer would not understand it.
    private func endSilently() {
        farewell = ByteBuffer()
        reportEnd(code: .protocolError)
    }

    /// Stops reading and reports every open stream closed.
    func reportEnd(code: ErrorCode) {
        isReading = false
        for (stream, state) in streams.sorted(by: { $0.key < $1.key }) where state.isAnnounced {
            events.append(.closed(stream: stream, code))
        }
        streams.removeAll()
        unsentBytes = 0
        headerBlock = nil
    }

    // MARK: The first bytes

    private func checkFirstBytes(_ bytes: ByteBuffer) throws(HTTP2Error) {
        firstBytes.append(contentsOf: bytes.readableBytesView.prefix(24 - firstBytes.count))
        switch role {
        case .server:
            // libnghttp2 checks the preface; we only keep what came in its place.
            firstBytesAreChecked = firstBytes.count >= 24
        case .client:
            let http1 = Array("HTTP/1".utf8)
            let isPrefix = firstBytes.starts(with: http1.prefix(firstBytes.count))
            firstBytesAreChecked = !isPrefix
            guard isPrefix, firstBytes.count >= http1.count else { return }
            endSilently()
            throw .notHTTP2(received: describe(firstBytes))
        }
    }

    private func describe(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            if byte >= 0x20, byte < 0x7f, byte != 0x5c { return String(UnicodeScalar(byte)) }
            let hex = String(byte, radix: 16)
            return "\\x" + (hex.count == 1 ? "0" : "") + hex
        }.joined()
    }
}
