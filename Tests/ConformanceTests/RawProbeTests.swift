import Conformance
import NIOCore
import NIOPosix
import Testing

/// Servers that do not let pass what a later version of HTTP/2 may send.
@Suite struct RawProbeTests {
    /// Sends the bytes as soon as something has come, and reads on or closes.
    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var answer: [UInt8]?
        private let closes: Bool

        init(_ answer: [UInt8], closes: Bool) {
            self.answer = answer
            self.closes = closes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let bytes = answer.take() else { return }
            context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            if closes { context.close(promise: nil) }
        }
    }

    private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    /// The beginning of a stream's answer; its header is not looked into.
    private static let headers: [UInt8] = [0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88]
    private static let goAway: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    private static func acknowledgement(_ payload: [UInt8]) -> [UInt8] { [0, 0, 8, 6, 1, 0, 0, 0, 0] + payload }

    private func probe(_ answer: [UInt8], closes: Bool = false, timeout: Duration = .seconds(20)) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(answer, closes: closes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        do {
            try await RawProbe(url: url, timeout: timeout).run()
            try await channel.close().get()
        } catch {
            try await channel.close().get()
            throw error
        }
    }

    @Test func anAnswerAndItsPingAreEnough() async throws {
        try await probe(Self.settings + Self.acknowledgement([7, 1, 7, 2, 7, 3, 7, 4]) + Self.headers)
    }

    @Test func closingTheConnectionIsAFinding() async throws {
        await #expect { try await probe(Self.settings + Self.goAway) } throws: { "\($0)".contains("(GOAWAY)") }
        await #expect { try await probe(Self.settings, closes: true) } throws: {
            "\($0)".hasSuffix("the server closed the connection after 9 bytes")
        }
    }

    @Test func aPingWithOtherBytesOrNoneIsAFinding() async throws {
        await #expect {
            try await probe(Self.settings + Self.acknowledgement([0, 0, 0, 0, 0, 0, 0, 0]) + Self.headers)
        } throws: {
            "\($0)".hasPrefix("PING is not answered")
        }
        await #expect { try await probe(Self.settings + Self.headers, timeout: .milliseconds(200)) } throws: {
            "\($0)".contains("the server did not answer within")
        }
    }
}
