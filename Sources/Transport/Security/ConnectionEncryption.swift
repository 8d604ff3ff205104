import NIOCore

/// Encrypts a server's connections. Transport knows no TLS: TransportTLS does, so that what needs none builds without it.
package protocol ServerEncryption: Sendable {
    /// Puts what encrypts in front of all handlers of a connection that was accepted. On its loop.
    func secure(_ pipeline: ChannelPipeline.SynchronousOperations) throws
    /// The name in the client's certificate; nil where it showed none. On the loop, once bytes have come through.
    func clientName(_ pipeline: ChannelPipeline.SynchronousOperations) -> String?
    /// Why a connection came to nothing, for the log; nil for what is no matter of TLS. On the loop.
    func reason(for error: any Error, _ pipeline: ChannelPipeline.SynchronousOperations) -> String?
}

/// Encrypts a client's connections.
package protocol ClientEncryption: Sendable {
    /// Puts what encrypts in front of all handlers of a connection to `host` that is about to be made. On its loop.
    func secure(_ pipeline: ChannelPipeline.SynchronousOperations, host: String) throws
    /// What an error of the connection means, for people; nil for what is no matter of TLS. On the loop.
    func failure(
        for error: any Error, host: String, _ pipeline: ChannelPipeline.SynchronousOperations
    ) -> AttemptFailure?
}
