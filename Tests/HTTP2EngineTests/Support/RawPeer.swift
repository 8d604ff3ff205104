// A peer that writes frames by hand, to send what no library would.

import HTTP2Engine
import HTTPTypes
import NIOCore
import Synchronization

/// A clock that tests move.
final class ManualClock: Sendable {
    private let time = Mutex(Duration.zero)
    var clock: SessionClock { SessionClock { self.time.withLock { $0 } } }
    func advance(by duration: Duration) { time.withLock { $0 += duration } }
}

/// Frames as bytes (RFC 9113 section 4.1).
enum Raw {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func frame(type: UInt8, flags: UInt8 = 0, stream: Int32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = payload.count
        let head: [UInt8] = [UInt8(length >> 16 & 0xff), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), type, flags]
        return head + bigEndian(UInt32(bitPattern: stream)) + payload
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xff), UInt8(value >> 8 & 0xff), UInt8(value & 0xff)]
    }

    static let settings = frame(type: 4)
    static let ping = frame(type: 6, [UInt8](repeating: 7, count: 8))
    static func reset(_ stream: Int32, code: UInt32 = 8) -> [UInt8] { frame(type: 3, stream: stream, bigEndian(code)) }
    static func data(_ stream: Int32, _ payload: [UInt8], end: Bool = false) -> [UInt8] {
        frame(type: 0, flags: end ? 1 : 0, stream: stream, payload)
    }
    static func windowUpdate(_ stream: Int32, _ increment: UInt32) -> [UInt8] {
        frame(type: 8, stream: stream, bigEndian(increment))
    }
    static func headers(_ stream: Int32, _ block: [UInt8], end: Bool, complete: Bool = true) -> [UInt8] {
        frame(type: 1, flags: (end ? 1 : 0) | (complete ? 4 : 0), stream: stream, block)
    }
    static func continuation(_ stream: Int32, _ block: [UInt8], complete: Bool) -> [UInt8] {
        frame(type: 9, flags: complete ? 4 : 0, stream: stream, block)
    }

    /// A literal field without indexing (RFC 7541 section 6.2.2), lengths below 2^14.
    static func field(_ name: String, _ value: String, indexed: Bool = false) -> [UInt8] {
        [indexed ? 0x40 : 0x00] + string(name) + string(value)
    }

    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var rest = bytes.count - 127
        var prefix: [UInt8] = [0x7f]
        while rest >= 128 {
            prefix.append(UInt8(rest % 128 + 128))
            rest /= 128
        }
        return prefix + [UInt8(rest)] + bytes
    }

    static func request(_ method: String = "POST", _ extra: [(String, String)] = []) -> [UInt8] {
        let fields = [(":method", method), (":scheme", "http"), (":authority", "example.org"), (":path", "/")] + extra
        return fields.flatMap { field($0.0, $0.1) }
    }
}

/// A server session and the frames that came out of it.
final class RawClient {
    let server: ServerSession
    let time = ManualClock()
    private(set) var events: [SessionEvent] = []
    private(set) var output: [UInt8] = []

    init(limits: SessionLimits = SessionLimits()) throws {
        server = try ServerSession(limits: limits, clock: time.clock)
        try send(Raw.preface + Raw.settings)
    }

    /// Gives bytes to the server and, unless the peer does not read, takes what it answers.
    func send(_ bytes: [UInt8], reading: Bool = true) throws {
        events += try server.receive(ByteBuffer(bytes: bytes))
        if reading { try read() }
    }

    func read() throws {
        var buffer = ByteBuffer()
        try server.drain(into: &buffer, limit: 1 << 24)
        output += buffer.readableBytesView
        events += server.takeEvents()
    }

    struct ReceivedFrame {
        let type: UInt8
        let flags: UInt8
        let stream: Int32
        let payload: [UInt8]
    }

    var frames: [ReceivedFrame] {
        var frames: [ReceivedFrame] = []
        var rest = output[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            let stream = Int32(head[5]) << 24 | Int32(head[6]) << 16 | Int32(head[7]) << 8 | Int32(head[8])
            frames.append(
                ReceivedFrame(
                    type: head[3], flags: head[4], stream: stream, payload: Array(rest.dropFirst(9).prefix(length))))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }

    /// The last stream, code and debug text of the GOAWAY, if one was sent.
    var goAway: (last: Int32, code: ErrorCode, debug: String)? {
        guard let payload = frames.last(where: { $0.type == 7 })?.payload, payload.count >= 8 else { return nil }
        let numbers = [0, 4].map { start in payload[start..<(start + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }
        return (Int32(numbers[0]), ErrorCode(rawValue: numbers[1]), String(decoding: payload[8...], as: UTF8.self))
    }

    func resets(of stream: Int32) -> [ErrorCode] {
        frames.filter { $0.type == 3 && $0.stream == stream }.map { frame in
            ErrorCode(rawValue: frame.payload.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
    }

    /// The session has ended: it reads no more and has nothing left to send.
    var isFinished: Bool { !server.wantsRead && !server.wantsWrite }
}
