import NIOCore
import NIOPosix
import Synchronization

/// An HTTP/2 server that answers the first request of each connection with exactly the bytes that a test wants, right or
/// wrong.
final class FakeServer: Sendable {
    /// What to do with a connection.
    struct Script: Sendable {
        /// Written when a request's HEADERS have arrived on stream 1.
        var answer: [UInt8]
        var closesAfterwards = false
    }

    /// The frames of an answer on stream 1 (RFC 9113 section 4.1).
    enum Frames {
        static func frame(type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
            [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xff), type, flags, 0, 0, 0, stream] + payload
        }

        static let settings = frame(type: 4, flags: 0, stream: 0, [])
        static let settingsAcknowledgement = frame(type: 4, flags: 1, stream: 0, [])

        /// `:status: 200`, and `content-length` where one is given (HPACK: indexed 8; literal, name index 28).
        static func head(contentLength: String? = nil) -> [UInt8] {
            var block: [UInt8] = [0x88]
            if let contentLength { block += [0x0f, 0x0d, UInt8(contentLength.utf8.count)] + Array(contentLength.utf8) }
            return frame(type: 1, flags: 4, stream: 1, block)
        }

        static func data(_ text: String, isLast: Bool) -> [UInt8] {
            frame(type: 0, flags: isLast ? 1 : 0, stream: 1, Array(text.utf8))
        }

        static func reset(_ code: UInt8) -> [UInt8] { frame(type: 3, flags: 0, stream: 1, [0, 0, 0, code]) }

        /// No stream above `lastStream` was acted on.
        static func goAway(lastStream: UInt8) -> [UInt8] {
            frame(type: 7, flags: 0, stream: 0, [0, 0, 0, lastStream, 0, 0, 0, 0])
        }

        static let whole = head(contentLength: "5") + data("whole", isLast: true)
    }

    private let channel: any Channel
    private let connections = Counter()

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(port)" }
    var connectionCount: Int { connections.value }

    /// - Parameter scripts: one a connection; the last also for all that follow.
    init(_ scripts: [Script]) async throws {
        let connections = connections
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let script = scripts[min(connections.add(), scripts.count) - 1]
                    try channel.pipeline.syncOperations.addHandler(FakeServerHandler(script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func close() async { try? await channel.close().get() }
}

private final class FakeServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: FakeServer.Script
    private var received = ByteBuffer()
    private var hasPreface = false

    init(_ script: FakeServer.Script) { self.script = script }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        if !hasPreface {
            guard received.readableBytes >= 24 else { return }
            received.moveReaderIndex(forwardBy: 24)
            hasPreface = true
            write(FakeServer.Frames.settings + FakeServer.Frames.settingsAcknowledgement, context)
        }
        while let header = received.getBytes(at: received.readerIndex, length: 9) {
            let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
            guard received.readableBytes >= 9 + length else { return }
            received.moveReaderIndex(forwardBy: 9 + length)
            guard header[3] == 1, header[8] == 1 else { continue }
            write(script.answer, context)
            if script.closesAfterwards { context.close(promise: nil) }
        }
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }
}
