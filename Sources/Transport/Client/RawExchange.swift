import NIOCore
import NIOPosix

/// Bytes as they are to and from a server, for what no client of good manners would send: conformance is tried with it.
package enum RawExchange {
    /// Why there was no whole answer.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Sends bytes and reads until `isEnough`.
    ///
    /// - Parameters:
    ///   - isEnough: of all that has come so far.
    /// - Returns: all that came.
    /// - Throws: ``Failure`` when the server closes before, or the time is over; what keeps a connection from being made.
    package static func run(
        with url: ServerURL, sending bytes: [UInt8], within time: Duration, encryption: (any ClientEncryption)? = nil,
        until isEnough: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(time))
            .connect(host: url.host, port: url.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if url.isSecure {
                        guard let encryption else {
                            throw Failure(description: "'\(url)' needs TLS, which is not configured")
                        }
                        try encryption.secure(channel.pipeline.syncOperations, host: url.host)
                    }
                    return try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(inboundType: ByteBuffer.self, outboundType: ByteBuffer.self))
                }
            }
        do {
            return try await withDeadline(.now + time) {
                try await connection.executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(bytes: bytes))
                    var received: [UInt8] = []
                    for try await chunk in inbound {
                        received += chunk.readableBytesView
                        if isEnough(received) { return received }
                    }
                    throw Failure(description: "the server closed the connection after \(received.count) bytes")
                }
            }
        } catch is DeadlinePassed {
            throw Failure(description: "the server did not answer within \(time.readable)")
        }
    }
}
