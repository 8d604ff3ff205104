import NIOCore
import NIOPosix
import Synchronization

/// A bare TCP connection, to say on the wire exactly what a test means.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let collector: Collector

    /// - Parameter receiveBuffer: the kernel's, in bytes; small ones make back-pressure visible early.
    init(port: Int, receiveBuffer: Int? = nil, isReading: Bool = true) async throws {
        let collector = Collector()
        self.collector = collector
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: isReading)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(CollectorHandler(collector))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)).get() }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// Everything received, once `text` is in it `count` times.
    func receive(until text: String, count: Int = 1) async throws -> String {
        try await received { $0.components(of: text) >= count }
    }

    /// Everything received, once the other side has closed.
    func receiveToEnd() async throws -> String { try await received { _ in false } }

    private func received(_ isEnough: @Sendable (String) -> Bool) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let (text, isClosed) = collector.snapshot
            if isClosed || isEnough(text) { return text }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw TestTimeout(what: "received only: \(collector.snapshot.0.prefix(500))")
    }

    /// All bytes received so far.
    var receivedBytes: [UInt8] { collector.bytes }

    var isClosed: Bool { collector.snapshot.1 }

    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    func close() async { try? await channel.close().get() }
}

struct TestTimeout: Error { let what: String }

private final class Collector: Sendable {
    private let state = Mutex<(bytes: [UInt8], isClosed: Bool)>(([], false))

    var snapshot: (String, Bool) {
        state.withLock { (String(decoding: $0.bytes, as: UTF8.self), $0.isClosed) }
    }

    var bytes: [UInt8] { state.withLock { $0.bytes } }

    func append(_ bytes: ByteBuffer) { state.withLock { $0.bytes += Array(bytes.readableBytesView) } }

    func close() { state.withLock { $0.isClosed = true } }
}

private final class CollectorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let collector: Collector

    init(_ collector: Collector) { self.collector = collector }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { collector.append(Self.unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) { collector.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        collector.close()
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { collector.close() }
    }
}

extension String {
    /// How often `text` occurs.
    func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
