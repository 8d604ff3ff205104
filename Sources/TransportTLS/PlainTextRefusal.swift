import NIOCore
import ServiceAPI
import Transport

/// A client that begins a connection without TLS.
struct PlainTextOnSecurePort: Error {}

/// Stands in front of TLS until a connection's first bytes are there. Where they are no handshake, it says so in the protocol that they are in:
/// who forgets the `s` of https is told, and not hung up on.
final class PlainTextRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The type of the record that every TLS connection begins with (RFC 8446 section 5.1).
    private static let handshakeRecord: UInt8 = 0x16
    private static let advice = "this port speaks TLS: use https://"

    private var isRefusing = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What is still on its way is read and thrown away, or closing would also cut off the answer. The timer for the first request ends it.
        guard !isRefusing else { return }
        let bytes = Self.unwrapInboundIn(data)
        guard let first = bytes.readableBytesView.first, first != Self.handshakeRecord else {
            context.fireChannelRead(data)
            return context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
        isRefusing = true
        let answer = bytes.readableBytesView.starts(with: "PRI ".utf8) ? Self.goAway : Self.badRequest
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
        context.close(mode: .output, promise: nil)
        context.fireErrorCaught(PlainTextOnSecurePort())
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isRefusing { context.read() } else { context.fireChannelReadComplete() }
    }

    /// SETTINGS, which a connection must begin with, and GOAWAY with INADEQUATE_SECURITY (RFC 9113 sections 6.5, 6.8 and 7).
    private static var goAway: [UInt8] {
        let debug = Array(advice.utf8)
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        let head: [UInt8] = [0, 0, UInt8(8 + debug.count), 7, 0, 0, 0, 0, 0]
        return settings + head + [0, 0, 0, 0, 0, 0, 0, 0xc] + debug
    }

    private static var badRequest: [UInt8] {
        let problem = ProblemDetails(kind: .invalidRequest, status: 400, detail: advice)
        // A document of strings and integers always encodes.
        let body = (try? ServiceJSON.encode(problem)) ?? []
        let head = """
            HTTP/1.1 400 Bad Request\r
            content-type: application/problem+json\r
            content-length: \(body.count)\r
            connection: close\r
            \r

            """
        return Array(head.utf8) + body
    }
}
