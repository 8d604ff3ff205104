// The owner of one nghttp2_session. The pointer and everything that libnghttp2 passes to callbacks stay in this file; what
// leaves it are Swift values. No protocol decisions here: those are SessionCore's.

import CNGHTTP2

/// Receives what libnghttp2 reports while it reads or writes. The methods may queue frames on the session; they may not call
/// its `receive` or `nextOutput`.
protocol NGHTTP2SessionDelegate: AnyObject {
    /// A frame header was read. False stops the session for good.
    func frameBegan(_ frame: FrameSummary) -> Bool
    /// A header block begins. False resets the stream.
    func headersBegan(stream: Int32, opensStream: Bool) -> Bool
    func headerReceived(
        stream: Int32, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>
    ) -> NGHTTP2Session.HeaderVerdict
    func dataReceived(stream: Int32, bytes: UnsafeRawBufferPointer)
    func frameReceived(_ frame: Frame) -> Bool
    /// A frame that libnghttp2 answers with RST_STREAM or GOAWAY. False stops the session for good.
    func frameInvalid(_ frame: FrameSummary, reason: String) -> Bool
    func frameSent(_ frame: Frame)
    func frameNotSent(_ frame: Frame, code: Int, reason: String)
    func streamClosed(_ stream: Int32, code: ErrorCode)
    func bodyWanted(stream: Int32, into target: UnsafeMutableRawBufferPointer) -> NGHTTP2Session.BodyRead
    /// libnghttp2's own words on what the peer did wrong.
    func diagnosed(_ message: String)
}

final class NGHTTP2Session {
    enum Role {
        case server, client
    }

    enum HeaderVerdict {
        case keep, resetStream, stop
    }

    enum BodyRead {
        /// So many bytes were written; more may follow.
        case bytes(Int)
        /// So many bytes were written, and they are the last; the stream ends, or trailers follow.
        case last(Int, trailers: HeaderBlock?)
        /// Nothing now; `resumeBody` will tell.
        case later
        /// The stream is unknown.
        case gone
    }

    /// RFC 9113 section 6.5.2 and RFC 9218 section 2.1.
    enum Setting: Int32 {
        case enablePush = 2
        case maximumConcurrentStreams = 3
        case initialWindowSize = 4
        case maximumHeaderListSize = 6
        case noRFC7540Priorities = 9
    }

    /// How reading ended. After anything but `processed` the session must not be used, only released.
    enum ReceiveOutcome {
        case processed
        case stoppedByDelegate
        case badPreface
        case unreadAcknowledgements
        case tooManyContinuations
        case failed(HTTP2Error)
    }

    /// The code of a HEADERS frame that was not sent because its fields are too large.
    static let headerBlockTooLarge = Int(NGHTTP2_ERR_FRAME_SIZE_ERROR.rawValue)

    private let pointer: OpaquePointer
    fileprivate unowned let delegate: any NGHTTP2SessionDelegate

    init(role: Role, limits: SessionLimits, delegate: any NGHTTP2SessionDelegate) throws(HTTP2Error) {
        try HTTP2Library.check()
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        try Self.check(nghttp2_session_callbacks_new(&callbacks), "session_callbacks_new")
        defer { nghttp2_session_callbacks_del(callbacks) }
        try Self.check(nghttp2_option_new(&options), "option_new")
        defer { nghttp2_option_del(options) }
        setCallbacks(callbacks)
        setOptions(options, limits: limits)

        // The session keeps the address of this object, which is not complete before the session exists: it is set below.
        var session: OpaquePointer?
        switch role {
        case .server:
            try Self.check(nghttp2_session_server_new2(&session, callbacks, nil, options), "session_server_new2")
        case .client:
            try Self.check(nghttp2_session_client_new2(&session, callbacks, nil, options), "session_client_new2")
        }
        guard let session else {
            throw .library(operation: "session_new", code: 0, message: "no session")
        }
        pointer = session
        self.delegate = delegate
        nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        nghttp2_session_del(pointer)
    }

    // MARK: Bytes

    func receive(_ bytes: UnsafeRawBufferPointer) -> ReceiveOutcome {
        var rest = bytes.bindMemory(to: UInt8.self)
        while rest.count > 0 {
            let count = nghttp2_session_mem_recv(pointer, rest.baseAddress, rest.count)
            guard count > 0 else { return Self.outcome(of: count) }
            rest = UnsafeBufferPointer(rebasing: rest[min(count, rest.count)...])
        }
        return .processed
    }

    private static func outcome(of code: Int) -> ReceiveOutcome {
        switch Int32(code) {
        case NGHTTP2_ERR_CALLBACK_FAILURE.rawValue: .stoppedByDelegate
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: .badPreface
        case NGHTTP2_ERR_FLOODED.rawValue: .unreadAcknowledgements
        case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue: .tooManyContinuations
        default: .failed(error(code, "session_mem_recv"))
        }
    }

    /// Hands the next piece of output (one frame, or the client's preface) to `body`; returns false when there is none.
    func nextOutput(_ body: (UnsafeRawBufferPointer) -> Void) throws(HTTP2Error) -> Bool {
        var data: UnsafePointer<UInt8>?
        let count = nghttp2_session_mem_send(pointer, &data)
        guard count >= 0 else { throw Self.error(count, "session_mem_send") }
        guard count > 0 else { return false }
        body(UnsafeRawBufferPointer(start: data, count: count))
        return true
    }

    var wantsRead: Bool { nghttp2_session_want_read(pointer) != 0 }
    var wantsWrite: Bool { nghttp2_session_want_write(pointer) != 0 }

    // MARK: Frames to send

    func submitSettings(_ settings: [(Setting, Int)]) throws(HTTP2Error) {
        let entries = settings.map { nghttp2_settings_entry(settings_id: $0.rawValue, value: UInt32($1)) }
        try Self.check(nghttp2_submit_settings(pointer, 0, entries, entries.count), "submit_settings")
    }

    func setConnectionWindow(_ bytes: Int) throws(HTTP2Error) {
        try Self.check(nghttp2_session_set_local_window_size(pointer, 0, 0, Int32(bytes)), "set_local_window_size")
    }

    /// Returns the id of the new stream.
    func submitRequest(_ head: HeaderBlock, hasBody: Bool) throws(HTTP2Error) -> Int32 {
        let code = head.withFields { fields in
            withBodyProvider(hasBody) {
                nghttp2_submit_request(pointer, nil, fields.baseAddress, fields.count, $0, nil)
            }
        }
        try Self.check(code, "submit_request")
        return code
    }

    func submitResponse(stream: Int32, _ head: HeaderBlock, hasBody: Bool) throws(HTTP2Error) {
        let code = head.withFields { fields in
            withBodyProvider(hasBody) { nghttp2_submit_response(pointer, stream, fields.baseAddress, fields.count, $0) }
        }
        try Self.check(code, "submit_response")
    }

    func submitInformational(stream: Int32, _ head: HeaderBlock) throws(HTTP2Error) {
        let code = head.withFields { fields in
            nghttp2_submit_headers(pointer, 0, stream, nil, fields.baseAddress, fields.count, nil)
        }
        try Self.check(code, "submit_headers")
    }

    func resumeBody(stream: Int32) {
        // Fails only when nothing was deferred any more, which is harmless.
        _ = nghttp2_session_resume_data(pointer, stream)
    }

    func submitReset(stream: Int32, code: ErrorCode) {
        // Fails only when memory runs out or for stream 0.
        _ = nghttp2_submit_rst_stream(pointer, 0, stream, code.rawValue)
    }

    func submitPing(_ payload: UInt64) throws(HTTP2Error) {
        let code = withUnsafeBytes(of: payload.bigEndian) {
            nghttp2_submit_ping(pointer, 0, $0.bindMemory(to: UInt8.self).baseAddress)
        }
        try Self.check(code, "submit_ping")
    }

    func submitShutdownNotice() throws(HTTP2Error) {
        try Self.check(nghttp2_submit_shutdown_notice(pointer), "submit_shutdown_notice")
    }

    func submitGoAway(lastStream: Int32, code: ErrorCode) throws(HTTP2Error) {
        try Self.check(nghttp2_submit_goaway(pointer, 0, lastStream, code.rawValue, nil, 0), "submit_goaway")
    }

    // MARK: Flow control and state

    func consume(stream: Int32, bytes: Int) {
        // Fails only when memory runs out or automatic window updates are on.
        _ = nghttp2_session_consume(pointer, stream, bytes)
    }

    func consumeConnection(bytes: Int) {
        _ = nghttp2_session_consume_connection(pointer, bytes)
    }

    /// Lets streams take turns frame by frame; without it, the oldest response would be sent whole before the next.
    func shareBandwidth(stream: Int32) {
        var priority = nghttp2_extpri(urgency: 3, inc: 1)
        _ = nghttp2_session_change_extpri_stream_priority(pointer, stream, &priority, 1)
    }

    var isRequestAllowed: Bool { nghttp2_session_check_request_allowed(pointer) != 0 }
    var lastProcessedStream: Int32 { nghttp2_session_get_last_proc_stream_id(pointer) }
    var remoteMaximumConcurrentStreams: Int {
        Int(nghttp2_session_get_remote_settings(pointer, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    // MARK: Errors

    private static func check(_ code: Int32, _ operation: String) throws(HTTP2Error) {
        if code < 0 { throw error(Int(code), operation) }
    }

    private static func error(_ code: Int, _ operation: String) -> HTTP2Error {
        .library(operation: operation, code: code, message: describe(Int32(truncatingIfNeeded: code)))
    }

    fileprivate static func describe(_ code: Int32) -> String {
        nghttp2_strerror(code).map { String(cString: $0) } ?? "unknown error"
    }

    fileprivate func submitTrailers(stream: Int32, _ block: HeaderBlock) -> Int32 {
        block.withFields { nghttp2_submit_trailer(pointer, stream, $0.baseAddress, $0.count) }
    }
}

// MARK: - Options and callbacks

private func setOptions(_ options: OpaquePointer?, limits: SessionLimits) {
    nghttp2_option_set_no_auto_window_update(options, 1)
    nghttp2_option_set_no_closed_streams(options, 1)
    nghttp2_option_set_max_continuations(options, limits.maximumContinuations)
    // Our own limits come first and say why; these stand behind them, far enough not to meet them by a different clock.
    let resets = limits.receivedResets
    nghttp2_option_set_stream_reset_rate_limit(
        options, UInt64(resets.burst) * 10, UInt64(max(1, resets.perSecond.rounded(.up) * 10)))
    nghttp2_option_set_max_outbound_ack(options, (limits.pings.burst + limits.settings.burst) * 2)
    nghttp2_option_set_max_settings(options, 32)
}

private func setCallbacks(_ callbacks: OpaquePointer?) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, user in
        guard let header else { return 0 }
        return owner(user).delegate.frameBegan(FrameSummary(header.pointee)) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
        guard let frame else { return 0 }
        let opens = frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
        return owner(user).delegate.headersBegan(stream: frame.pointee.hd.stream_id, opensStream: opens)
            ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) {
        _, frame, name, nameCount, value, valueCount, _, user in
        guard let frame else { return 0 }
        let verdict = owner(user).delegate.headerReceived(
            stream: frame.pointee.hd.stream_id,
            name: UnsafeBufferPointer(start: name, count: nameCount),
            value: UnsafeBufferPointer(start: value, count: valueCount))
        switch verdict {
        case .keep: return 0
        case .resetStream: return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        case .stop: return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, data, count, user in
        owner(user).delegate.dataReceived(stream: stream, bytes: UnsafeRawBufferPointer(start: data, count: count))
        return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
        guard let frame else { return 0 }
        return owner(user).delegate.frameReceived(Frame(frame.pointee)) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, frame, code, user in
        guard let frame else { return 0 }
        let reason = NGHTTP2Session.describe(code)
        return owner(user).delegate.frameInvalid(FrameSummary(frame.pointee.hd), reason: reason)
            ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
        guard let frame else { return 0 }
        owner(user).delegate.frameSent(Frame(frame.pointee))
        return 0
    }
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, code, user in
        guard let frame else { return 0 }
        owner(user).delegate.frameNotSent(
            Frame(frame.pointee), code: Int(code), reason: NGHTTP2Session.describe(code))
        return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, user in
        owner(user).delegate.streamClosed(stream, code: ErrorCode(rawValue: code))
        // Never anything else: 1.52 leaks the stream when this fails (CVE-2023-35945).
        return 0
    }
    nghttp2_session_callbacks_set_error_callback2(callbacks) { _, _, message, count, user in
        let text = UnsafeRawBufferPointer(start: message, count: count)
        owner(user).delegate.diagnosed(String(decoding: text, as: UTF8.self))
        return 0
    }
}

private func owner(_ user: UnsafeMutableRawPointer?) -> NGHTTP2Session {
    // The user data is set right after the session is made, before any byte is read or written.
    Unmanaged<NGHTTP2Session>.fromOpaque(user!).takeUnretainedValue()
}

private func withBodyProvider<Result>(
    _ hasBody: Bool, _ body: (UnsafePointer<nghttp2_data_provider>?) -> Result
) -> Result {
    guard hasBody else { return body(nil) }
    var provider = nghttp2_data_provider()
    provider.read_callback = { _, stream, target, capacity, flags, _, user in
        let session = owner(user)
        switch session.delegate.bodyWanted(
            stream: stream, into: UnsafeMutableRawBufferPointer(start: target, count: capacity))
        {
        case .bytes(let count):
            return count
        case .last(let count, nil):
            flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            return count
        case .last(let count, let trailers?):
            guard session.submitTrailers(stream: stream, trailers) == 0 else {
                return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
            }
            flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            return count
        case .later:
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        case .gone:
            return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
    }
    return body(&provider)
}

extension HeaderBlock {
    /// Lends the fields to `body` as libnghttp2 wants them; it copies what it keeps.
    fileprivate func withFields<Result>(_ body: (UnsafeBufferPointer<nghttp2_nv>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            // libnghttp2 declares the pointers mutable for historical reasons; it does not write through them.
            let base = UnsafeMutablePointer(mutating: bytes.baseAddress!)
            let values = fields.map { field in
                nghttp2_nv(
                    name: base + field.name.lowerBound, value: base + field.value.lowerBound,
                    namelen: field.name.count, valuelen: field.value.count,
                    flags: field.isSensitive ? UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue) : 0)
            }
            return values.withUnsafeBufferPointer(body)
        }
    }
}

extension FrameSummary {
    fileprivate init(_ header: nghttp2_frame_hd) {
        self.init(
            kind: Kind(rawValue: header.type), flags: header.flags, stream: header.stream_id, length: header.length)
    }
}

extension Frame {
    fileprivate init(_ frame: nghttp2_frame) {
        summary = FrameSummary(frame.hd)
        switch summary.kind {
        case .headers where frame.headers.cat == NGHTTP2_HCAT_REQUEST:
            detail = .opensStream
        case .data:
            detail = .data(padding: frame.data.padlen)
        case .ping:
            detail = .ping(
                withUnsafeBytes(of: frame.ping.opaque_data) { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) })
        case .goAway:
            let debug = UnsafeRawBufferPointer(start: frame.goaway.opaque_data, count: frame.goaway.opaque_data_len)
            detail = .goAway(
                lastStream: frame.goaway.last_stream_id, ErrorCode(rawValue: frame.goaway.error_code),
                debug: String(decoding: debug, as: UTF8.self))
        default:
            detail = .none
        }
    }
}
