// What the peer sends. Called by libnghttp2 in the middle of `receive`, so: state changes and queued frames only.

import HTTPTypes
import NIOCore

extension SessionCore: NGHTTP2SessionDelegate {
    func frameBegan(_ frame: FrameSummary) -> Bool {
        guard violation == nil else { return false }
        switch frame.kind {
        case .resetStream: return count(.receivedReset)
        case .ping: return count(.ping)
        case .settings: return count(.settings)
        case .priority: return count(.priority)
        case .windowUpdate: return count(.windowUpdate)
        case .goAway: return count(.goAway)
        case .data where !frame.endsStream && frame.length == 0: return count(.emptyData)
        case .data where !frame.endsStream && frame.length < limits.smallDataBytes: return count(.smallData)
        default: return true
        }
    }

    func headersBegan(stream: Int32, opensStream: Bool) -> Bool {
        if role == .server && opensStream { streams[stream] = StreamState() }
        headerBlock = HeaderCollector(stream: stream, limit: limits.maximumHeaderListBytes)
        return true
    }

    func headerReceived(
        stream: Int32, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>
    ) -> NGHTTP2Session.HeaderVerdict {
        guard headerBlock?.stream == stream else { return .keep }
        guard headerBlock?.append(name: name, value: value) ?? true else {
            fail(stream, "a header field has a name that is not a token")
            headerBlock = nil
            return .resetStream
        }
        if let size = headerBlock?.byteCount, size > limits.abusiveHeaderListBytes {
            violation = .headerBomb
            return .stop
        }
        return .keep
    }

    func dataReceived(stream: Int32, bytes: UnsafeRawBufferPointer) {
        guard let state = streams[stream], !state.isAbandoned else {
            connectionCredit += bytes.count
            return
        }
        if state.isDiscarding {
            state.discarded += bytes.count
            streamCredit[stream, default: 0] += bytes.count
            return
        }
        state.unconsumed += bytes.count
        // One event for what arrived together: a peer that sends single bytes makes one buffer, not thousands.
        if case .data(stream, var buffer, let count)? = events.last {
            events.removeLast()
            buffer.writeBytes(bytes)
            events.append(.data(stream: stream, buffer, flowControlledBytes: count + bytes.count))
        } else {
            events.append(.data(stream: stream, ByteBuffer(bytes: bytes), flowControlledBytes: bytes.count))
        }
    }

    func frameReceived(_ frame: Frame) -> Bool {
        let summary = frame.summary
        switch (summary.kind, frame.detail) {
        case (.headers, _):
            headersComplete(stream: summary.stream, endStream: summary.endsStream)
        case (.data, .data(let padding)) where padding > 0 && padding >= summary.length && !summary.endsStream:
            guard count(.emptyData) else { return false }
        case (.settings, _) where !summary.isAcknowledgement:
            hasReceivedSettings = true
            events.append(.settings)
        case (.ping, .ping(let payload)) where summary.isAcknowledgement:
            events.append(.pingAck(payload))
        case (.goAway, .goAway(let lastStream, let code, let debug)):
            events.append(.goAway(lastStream: lastStream, code, debug: debug))
        default:
            break
        }
        if summary.endsStream, let state = streams[summary.stream], !state.isInboundEnded {
            state.isInboundEnded = true
            if !state.isSilent { events.append(.end(stream: summary.stream)) }
        }
        return true
    }

    func frameInvalid(_ frame: FrameSummary, reason: String) -> Bool {
        diagnosis = diagnosis ?? reason
        if headerBlock?.stream == frame.stream { headerBlock = nil }
        guard frame.stream > 0 else { return true }
        fail(frame.stream, takeDiagnosis() ?? reason)
        guard settledResets.insert(frame.stream).inserted else { return true }
        return count(.provokedReset)
    }

    func streamClosed(_ stream: Int32, code: ErrorCode) {
        guard let state = streams.removeValue(forKey: stream) else { return }
        unsentBytes -= state.outbound.byteCount
        connectionCredit += state.unconsumed
        if state.isAnnounced { events.append(.closed(stream: stream, code)) }
    }

    func diagnosed(_ message: String) {
        diagnosis = message
    }

    // MARK: Header blocks

    private func headersComplete(stream: Int32, endStream: Bool) {
        guard let block = headerBlock, block.stream == stream else { return }
        headerBlock = nil
        if role == .server { lastReceivedStream = max(lastReceivedStream, stream) }
        guard let state = streams[stream], !state.isAbandoned, !state.isDiscarding else { return }
        if block.isTooLarge {
            refuseTooLarge(stream, state, block)
            return
        }
        do {
            switch role {
            case .server where !state.hasReceivedHead:
                let request = try HTTPRequest(parsed: block.fields)
                state.hasReceivedHead = true
                state.isAnnounced = true
                events.append(.requestHead(stream: stream, request, endStream: endStream))
            case .client where block.hasStatus:
                let response = try HTTPResponse(parsed: block.fields)
                if response.status.kind == .informational {
                    events.append(.informationalResponse(stream: stream, response))
                } else {
                    state.hasReceivedHead = true
                    events.append(.responseHead(stream: stream, response, endStream: endStream))
                }
            default:
                events.append(.trailers(stream: stream, try HTTPFields(parsedTrailerFields: block.fields)))
            }
        } catch {
            fail(stream, "malformed header fields: \(error)")
            abandon(stream, state, code: .protocolError, isProvoked: true)
        }
    }

    /// A request is answered 431, which its sender understands; anything else is cut off.
    private func refuseTooLarge(_ stream: Int32, _ state: StreamState, _ block: HeaderCollector) {
        if role == .server && !state.hasReceivedHead {
            state.hasReceivedHead = true
            state.isDiscarding = true
            state.hasSubmittedHead = true
            state.isOutboundEnded = true
            let response = HTTPResponse(status: .requestHeaderFieldsTooLarge, headerFields: [.contentLength: "0"])
            do {
                try library?.submitResponse(stream: stream, HeaderBlock(response), hasBody: false)
            } catch {
                abandon(stream, state, code: .internalError, isProvoked: true)
            }
        } else {
            let limit = limits.maximumHeaderListBytes
            fail(stream, "header fields of \(block.byteCount) bytes; the limit is \(limit)")
            abandon(stream, state, code: .cancel, isProvoked: true)
        }
    }

    // MARK: Helpers

    /// Resets the stream; the application hears nothing more of it but the close.
    func abandon(_ stream: Int32, _ state: StreamState, code: ErrorCode, isProvoked: Bool) {
        guard !state.isAbandoned else { return }
        state.isAbandoned = true
        if !isProvoked { settledResets.insert(stream) }
        library?.submitReset(stream: stream, code: code)
        connectionCredit += state.unconsumed
        state.unconsumed = 0
    }

    /// Tells the application why a stream that it knows is failing.
    func fail(_ stream: Int32, _ reason: String) {
        guard let state = streams[stream], !state.isSilent else { return }
        events.append(.streamFailure(stream: stream, reason: reason))
    }

    func takeDiagnosis() -> String? {
        defer { diagnosis = nil }
        return diagnosis
    }

    private func count(_ kind: FloodGuard.Kind) -> Bool {
        if flood.admits(kind) { return true }
        violation = kind.violation
        return false
    }
}
