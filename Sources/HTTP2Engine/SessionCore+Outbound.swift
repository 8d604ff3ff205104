// What we send: the application's calls, and libnghttp2's callbacks in the middle of `drain`.

import HTTPTypes
import NIOCore

extension SessionCore {
    // MARK: The application's calls

    func submit(_ head: HTTPRequest, endStream: Bool) throws(HTTP2Error) -> Int32 {
        guard let library, isReading, library.isRequestAllowed else { throw .goingAway }
        let stream = try library.submitRequest(HeaderBlock(head), hasBody: !endStream)
        let state = StreamState()
        state.isAnnounced = true
        state.hasSubmittedHead = true
        state.isOutboundEnded = endStream
        streams[stream] = state
        return stream
    }

    func respond(stream: Int32, _ head: HTTPResponse, endStream: Bool) throws(HTTP2Error) {
        guard let library, let state = answerable(stream) else { return }
        guard !state.hasSubmittedHead else { throw .alreadyResponded(stream: stream) }
        if head.status.kind == .informational {
            try library.submitInformational(stream: stream, HeaderBlock(head))
            return
        }
        library.shareBandwidth(stream: stream)
        try library.submitResponse(stream: stream, HeaderBlock(head), hasBody: !endStream)
        state.hasSubmittedHead = true
        state.isOutboundEnded = endStream
    }

    func send(stream: Int32, _ data: ByteBuffer, endStream: Bool) throws(HTTP2Error) {
        guard let state = try sendable(stream) else { return }
        state.outbound.append(data)
        unsentBytes += data.readableBytes
        if state.outbound.byteCount >= limits.outboundHighWatermark { state.owesWritable = true }
        if endStream {
            state.outbound.end()
            state.isOutboundEnded = true
        }
        resume(stream, state)
    }

    func sendTrailers(stream: Int32, _ trailers: HTTPFields) throws(HTTP2Error) {
        guard let state = try sendable(stream) else { return }
        state.outbound.end(trailers: trailers.isEmpty ? nil : trailers)
        state.isOutboundEnded = true
        resume(stream, state)
    }

    func bufferedBytes(stream: Int32) -> Int {
        streams[stream]?.outbound.byteCount ?? 0
    }

    func consumed(stream: Int32, bytes: Int) {
        precondition(bytes >= 0, "consumed a negative number of bytes")
        // At the close of the stream, what was left went back to the connection's window.
        guard let library, let state = streams[stream] else { return }
        let count = min(bytes, state.unconsumed)
        guard count > 0 else { return }
        state.unconsumed -= count
        library.consume(stream: stream, bytes: count)
    }

    func reset(stream: Int32, code: ErrorCode) {
        guard let state = answerable(stream) else { return }
        abandon(stream, state, code: code, isProvoked: false)
        returnCredit()
    }

    /// A stream that the application knows and has not given up. Of one whose head has not arrived, or was refused by us, it was never told.
    private func answerable(_ stream: Int32) -> StreamState? {
        guard let state = streams[stream], state.isAnnounced, !state.isAbandoned else { return nil }
        return state
    }

    private func sendable(_ stream: Int32) throws(HTTP2Error) -> StreamState? {
        guard library != nil, let state = answerable(stream) else { return nil }
        guard state.hasSubmittedHead else { throw .notResponded(stream: stream) }
        guard !state.isOutboundEnded else { throw .alreadyEnded(stream: stream) }
        return state
    }

    private func resume(_ stream: Int32, _ state: StreamState) {
        guard state.isDeferred, state.outbound.byteCount > 0 || state.outbound.isEnded else { return }
        state.isDeferred = false
        library?.resumeBody(stream: stream)
    }

    // MARK: libnghttp2's callbacks

    func bodyWanted(stream: Int32, into target: UnsafeMutableRawBufferPointer) -> NGHTTP2Session.BodyRead {
        guard let state = streams[stream] else { return .gone }
        let count = state.outbound.read(into: target)
        unsentBytes -= count
        if state.owesWritable && state.outbound.byteCount <= limits.outboundLowWatermark {
            state.owesWritable = false
            if !state.isOutboundEnded && !state.isAbandoned { events.append(.writable(stream: stream)) }
        }
        if state.outbound.isEnded && state.outbound.byteCount == 0 {
            return .last(count, trailers: state.outbound.trailers.map { HeaderBlock(trailers: $0) })
        }
        if count > 0 { return .bytes(count) }
        state.isDeferred = true
        return .later
    }

    func frameSent(_ frame: Frame) {
        let stream = frame.summary.stream
        if frame.summary.kind == .data { flood.dataSent() }
        switch (frame.summary.kind, frame.detail) {
        case (.resetStream, _):
            guard settledResets.remove(stream) == nil, !flood.admits(.provokedReset) else { return }
            // Not inside the callback: the next `receive` or `drain` ends the session.
            violation = violation ?? .provokedResetFlood
        case (.goAway, .goAway(_, let code, _)) where code != .noError:
            let reason = takeDiagnosis() ?? "the peer broke a rule of HTTP/2"
            events.append(.violation(.protocolError(code, reason: reason)))
            reportEnd(code: code)
        default:
            guard frame.summary.endsStream, role == .server, let state = streams[stream] else { return }
            // The answer is complete: what is still to come of the request is not wanted.
            guard !state.isInboundEnded else { return }
            state.isDiscarding = true
            streamCredit[stream, default: 0] += state.unconsumed
            state.unconsumed = 0
        }
    }

    func frameNotSent(_ frame: Frame, code: Int, reason: String) {
        let stream = frame.summary.stream
        if frame.summary.kind == .resetStream { settledResets.remove(stream) }
        guard frame.summary.kind == .headers, let state = streams[stream] else { return }
        if case .opensStream = frame.detail {
            // Never on the wire. The stream does not exist for libnghttp2, so nobody else reports its end. Safe to send again on
            // another connection, unless the header block itself is the trouble.
            let isOurs = code == NGHTTP2Session.headerBlockTooLarge
            fail(stream, "the request was not sent: \(reason)")
            streamClosed(stream, code: isOurs ? .internalError : .refusedStream)
        } else if !state.isAbandoned {
            fail(stream, "the header fields could not be sent: \(reason)")
            abandon(stream, state, code: .internalError, isProvoked: false)
        }
    }
}
