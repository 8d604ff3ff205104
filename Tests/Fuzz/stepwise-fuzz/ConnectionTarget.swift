import Dispatch
import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Transport

/// A whole connection: protocol sniffer, HTTP/2 or HTTP/1.1 with all their handlers, and an application that reads bodies and answers. The
/// socket alone is not real.
///
/// The first byte of an input says into how large pieces it is cut, and whether the client reads. At the end nothing may be left of the
/// connection: no request, no byte held.
struct ConnectionTarget: FuzzTarget {
    private let server: HTTPServer
    private let requests = RequestCount()

    init() {
        var configuration = HTTPServerConfiguration()
        configuration.limits.maximumBodyBytes = 64 << 10
        configuration.limits.maximumExpandedBytes = 1 << 20
        server = HTTPServer(
            configuration: configuration, logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() },
            observer: requests, handler: Self.answer)
    }

    @Sendable private static func answer(_ request: ServerRequest) async throws -> ServerResponse {
        switch request.path {
        case "/stream":
            return ServerResponse(
                body: .stream { writer in
                    for try await bytes in request.body { try await writer.write(Array(bytes.readableBytesView)) }
                })
        case "/unread": return .text("no thanks")
        default: return ServerResponse(body: .bytes(try await request.collectBody()))
        }
    }

    func run(_ input: ArraySlice<UInt8>) {
        let isDone = DispatchSemaphore(value: 0)
        Task {
            await connection(input)
            isDone.signal()
        }
        isDone.wait()
    }

    private func connection(_ input: ArraySlice<UInt8>) async {
        var input = input
        let settings = input.byte()
        let piece = [1, 7, 40, 512, 4_096, .max][Int(settings & 0x7f) % 6]
        let channel = NIOAsyncTestingChannel()
        do {
            try await channel.register()
            try await channel.testingEventLoop.flatSubmit { [server] in server.adopt(channel) }.get()
            try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
            if settings & 0x80 != 0 { channel.isWritable = false }
            while !input.isEmpty {
                try await channel.writeInbound(ByteBuffer(bytes: input.bytes(piece)))
                await settle(channel)
            }
            await settle(channel)
        } catch {
            // The server hangs up on what it does not understand; what comes after that has nowhere to go.
        }
        // Fails where the server has closed it already.
        try? await channel.close().get()
        await channel.testingEventLoop.run()
        for _ in 0..<20_000 {
            if isClean {
                // Cancels the timers, which would keep the loop.
                await channel.testingEventLoop.shutdownGracefully()
                return
            }
            await Task.yield()
            await channel.testingEventLoop.run()
            try? await Task.sleep(for: .microseconds(50))
        }
        let connections = server.openConnections
        fault("left over: \(requests.underWay) requests, \(connections) connections, \(server.heldBytes) bytes")
    }

    private var isClean: Bool {
        requests.underWay == 0 && server.runningRequests == 0 && server.openConnections == 0
            && server.heldBytes == (0, 0)
    }

    /// Lets the requests under way get on, as far as they can.
    private func settle(_ channel: NIOAsyncTestingChannel) async {
        for _ in 0..<3 {
            await Task.yield()
            await channel.testingEventLoop.run()
        }
    }
}

/// Counts the requests that began and have not ended.
private final class RequestCount: ServerObserver {
    private let count = Atomic<Int>(0)

    var underWay: Int { count.load(ordering: .relaxed) }

    func connectionOpened() {}
    func connectionClosed() {}
    func requestStarted() { count.add(1, ordering: .relaxed) }
    func requestFinished(_ record: RequestRecord) { count.subtract(1, ordering: .relaxed) }
}
