import HTTP2Engine
import HTTPTypes
import NIOCore
import Synchronization

/// An HTTP/2 server session that gets well-formed frames of ill will, and an application that answers, resets and shuts down at any moment.
///
/// An input is a series of steps. A step is a frame (kind, flags, stream, length, payload) or something that the application does. So a
/// mutation gives another sequence of frames, where in bytes it would mostly give a frame of the wrong length.
struct FramesTarget: FuzzTarget {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    func run(_ input: ArraySlice<UInt8>) {
        do {
            try session(input)
        } catch {
            // Only the library's own failures are thrown; they end the session.
        }
    }

    private func session(_ input: ArraySlice<UInt8>) throws {
        var input = input
        let time = Mutex(Duration.zero)
        var limits = SessionLimits()
        limits.outboundHighWatermark = 4_096
        limits.outboundLowWatermark = 1_024
        let session = try ServerSession(
            limits: limits, clock: SessionClock { time.withLock { $0 } })
        var ledger = StreamLedger()
        ledger.take(try session.receive(ByteBuffer(bytes: Self.preface + Self.frame(4, 0, 0, []))), session)
        while !input.isEmpty, session.wantsRead || session.wantsWrite {
            let step = input.byte()
            switch step {
            case 0..<160:
                let flags = input.byte()
                let stream = UInt32(input.byte())
                let payload = input.bytes(Int(input.byte()))
                let bytes = Self.frame(step % 11, flags, stream, payload)
                ledger.take(try session.receive(ByteBuffer(bytes: bytes)), session)
            case 160..<200:
                let stream = Int32(input.byte())
                try act(session, step, stream, Int(input.byte()) * 64)
            case 200..<230:
                var output = ByteBuffer()
                try session.drain(into: &output, limit: Int(input.byte()) * 256)
            case 230: time.withLock { $0 += .seconds(1) }
            case 231: try session.shutdownNotice()
            case 232: try session.goAway()
            case 233: session.terminate(.noError)
            case 234: try session.ping()
            default: ledger.take(try session.receive(ByteBuffer(bytes: input.bytes(Int(step) % 32))), session)
            }
            ledger.take(session.takeEvents(), session)
            if session.unsentBytes < 0 { fault("\(session.unsentBytes) unsent bytes") }
        }
        session.terminate(.noError)
        ledger.take(session.takeEvents(), session)
        ledger.finish(session)
    }

    private func act(_ session: ServerSession, _ step: UInt8, _ stream: Int32, _ count: Int) throws {
        do {
            switch step % 5 {
            case 0: try session.respond(stream: stream, head: HTTPResponse(status: .ok), endStream: count == 0)
            case 1: try session.send(stream: stream, ByteBuffer(repeating: 65, count: count), endStream: false)
            case 2: try session.send(stream: stream, ByteBuffer(repeating: 66, count: count), endStream: true)
            case 3: try session.sendTrailers(stream: stream, [.eTag: "x"])
            default: session.reset(stream: stream, code: .cancel)
            }
        } catch HTTP2Error.alreadyResponded, HTTP2Error.notResponded, HTTP2Error.alreadyEnded {
            // What an application must not do, and is told.
        }
    }

    private static func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xff), kind, flags, 0, 0, 0, UInt8(stream & 0xff)]
            + payload
    }
}

/// What a session promises of its events: one head for each stream, and one close, after which nothing comes.
private struct StreamLedger {
    private var open: Set<Int32> = []
    private var closed: Set<Int32> = []

    mutating func take(_ events: [SessionEvent], _ session: ServerSession) {
        for event in events {
            switch event {
            case .requestHead(let stream, _, _):
                if !open.insert(stream).inserted || closed.contains(stream) { fault("stream \(stream) began twice") }
            case .data(let stream, _, let bytes):
                check(stream, "data")
                session.consumed(stream: stream, bytes: bytes)
            case .trailers(let stream, _), .end(let stream), .streamFailure(let stream, _), .writable(let stream):
                check(stream, "\(event)")
            case .closed(let stream, _):
                check(stream, "close")
                open.remove(stream)
                closed.insert(stream)
            case .responseHead, .informationalResponse: fault("a server got a response")
            case .goAway, .settings, .pingAck, .violation: break
            }
        }
    }

    private func check(_ stream: Int32, _ what: String) {
        if !open.contains(stream) { fault("\(what) on stream \(stream), which is not open") }
    }

    func finish(_ session: ServerSession) {
        if !open.isEmpty { fault("streams \(open) were never closed") }
        if session.openStreamCount != 0 || session.unsentBytes != 0 { fault("the session keeps something") }
    }
}
