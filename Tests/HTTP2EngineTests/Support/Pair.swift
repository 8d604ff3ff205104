// A client session and a server session that talk to each other in memory.

import HTTP2Engine
import HTTPTypes
import NIOCore

/// How bytes are cut on their way from one session to the other.
enum Delivery: Sendable, CustomStringConvertible {
    case whole
    case pieces(Int)
    case random(seed: UInt64)

    var description: String {
        switch self {
        case .whole: "whole"
        case .pieces(let count): "\(count) bytes at a time"
        case .random(let seed): "random pieces, seed \(seed)"
        }
    }
}

/// splitmix64: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

final class Pair {
    let server: ServerSession
    let client: ClientSession
    private(set) var serverEvents: [SessionEvent] = []
    private(set) var clientEvents: [SessionEvent] = []
    /// Called for every event as it comes, after it was recorded. Given the pair, so that the closures need not hold it.
    var onServerEvent: (Pair, SessionEvent) throws -> Void = { _, _ in }
    var onClientEvent: (Pair, SessionEvent) throws -> Void = { _, _ in }
    private let delivery: Delivery
    private var random: SplitMix

    init(
        server: SessionLimits = SessionLimits(), client: SessionLimits = SessionLimits(), delivery: Delivery = .whole
    ) throws {
        self.server = try ServerSession(limits: server)
        self.client = try ClientSession(limits: client)
        self.delivery = delivery
        if case .random(let seed) = delivery { random = SplitMix(state: seed) } else { random = SplitMix(state: 0) }
    }

    /// Carries bytes both ways until neither side has any left.
    func run() throws {
        var moved = true
        while moved {
            let toServer = try moveToServer()
            let toClient = try moveToClient()
            moved = toServer || toClient
        }
    }

    @discardableResult
    func moveToServer() throws -> Bool {
        var bytes = ByteBuffer()
        try client.drain(into: &bytes, limit: 1 << 20)
        try record(client: client.takeEvents())
        for piece in cut(bytes) { try record(server: server.receive(piece)) }
        return bytes.writerIndex > 0
    }

    @discardableResult
    func moveToClient() throws -> Bool {
        var bytes = ByteBuffer()
        try server.drain(into: &bytes, limit: 1 << 20)
        try record(server: server.takeEvents())
        for piece in cut(bytes) { try record(client: client.receive(piece)) }
        return bytes.writerIndex > 0
    }

    func forgetEvents() {
        serverEvents.removeAll()
        clientEvents.removeAll()
    }

    private func record(server events: [SessionEvent]) throws {
        for event in events {
            serverEvents.append(event)
            try onServerEvent(self, event)
        }
    }

    private func record(client events: [SessionEvent]) throws {
        for event in events {
            clientEvents.append(event)
            try onClientEvent(self, event)
        }
    }

    private func cut(_ bytes: ByteBuffer) -> [ByteBuffer] {
        var rest = bytes
        var pieces: [ByteBuffer] = []
        while rest.readableBytes > 0 {
            let count: Int
            switch delivery {
            case .whole: count = rest.readableBytes
            case .pieces(let size): count = size
            case .random: count = Int.random(in: 1...5_000, using: &random)
            }
            if let piece = rest.readSlice(length: min(count, rest.readableBytes)) { pieces.append(piece) }
        }
        return pieces
    }
}

// MARK: - Messages

extension HTTPRequest {
    static func post(_ path: String = "/v1/score", _ fields: HTTPFields = [:]) -> HTTPRequest {
        HTTPRequest(method: .post, scheme: "http", authority: "example.org", path: path, headerFields: fields)
    }

    static func get(_ path: String = "/") -> HTTPRequest {
        HTTPRequest(method: .get, scheme: "http", authority: "example.org", path: path)
    }
}

/// `count` bytes that differ from seed to seed.
func body(_ count: Int, seed: UInt64) -> ByteBuffer {
    var random = SplitMix(state: seed)
    var buffer = ByteBuffer()
    buffer.reserveCapacity(count + 8)
    while buffer.readableBytes < count { buffer.writeInteger(random.next()) }
    return buffer.getSlice(at: 0, length: count) ?? ByteBuffer()
}

// MARK: - Reading events

extension [SessionEvent] {
    /// The body bytes of a stream, joined.
    func body(of stream: Int32) -> ByteBuffer {
        var joined = ByteBuffer()
        for case .data(stream, var piece, _) in self { joined.writeBuffer(&piece) }
        return joined
    }

    func closes(of stream: Int32) -> [ErrorCode] {
        compactMap { if case .closed(stream, let code) = $0 { code } else { nil } }
    }

    func isEnded(_ stream: Int32) -> Bool {
        contains(.end(stream: stream))
    }

    var violations: [SessionViolation] {
        compactMap { if case .violation(let violation) = $0 { violation } else { nil } }
    }

    var failures: [String] {
        compactMap { if case .streamFailure(_, let reason) = $0 { reason } else { nil } }
    }

    func request(_ stream: Int32) -> HTTPRequest? {
        for case .requestHead(stream, let head, _) in self { return head }
        return nil
    }

    func response(_ stream: Int32) -> HTTPResponse? {
        for case .responseHead(stream, let head, _) in self { return head }
        return nil
    }

    var requestedStreams: [Int32] {
        compactMap { if case .requestHead(let stream, _, _) = $0 { stream } else { nil } }
    }
}
