import Logging
import NIOCore
import NIOSSL
import Synchronization
import Transport

/// TLS 1.2 and 1.3 for a client's connections. Files are looked at before each connection, and read again when they have changed.
public final class TLSClient: ClientEncryption {
    /// How long the other side may take to say goodbye.
    static let shutdownTimeout = TimeAmount.seconds(1)

    private struct State {
        var context: NIOSSLContext
        var identities: [FileIdentity?]
    }

    private let files: ClientTLSFiles
    private let logger: Logger
    private let state: Mutex<State>

    /// - Throws: `SecretFileError` naming the file that cannot be used.
    public init(_ files: ClientTLSFiles, logger: Logger) throws(SecretFileError) {
        self.files = files
        self.logger = logger
        let identities = Self.identities(files)
        state = Mutex(State(context: try Self.load(files), identities: identities))
    }

    private static func identities(_ files: ClientTLSFiles) -> [FileIdentity?] {
        [files.caFile, files.certificateFile, files.keyFile].map { $0.flatMap(FileIdentity.init) }
    }

    private static func load(_ files: ClientTLSFiles) throws(SecretFileError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2"]
        configuration.shutdownTimeout = shutdownTimeout
        if let authorities = files.caFile {
            configuration.trustRoots = .certificates(try PEMFiles.certificates(authorities))
        }
        switch (files.certificateFile, files.keyFile) {
        case (nil, nil): break
        case (let certificate?, let key?):
            let identity = try PEMFiles.identity(certificate: certificate, key: key)
            configuration.certificateChain = identity.chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(identity.key)
        case (let certificate?, nil):
            throw SecretFileError(path: certificate, reason: "a certificate needs its key: give keyFile, too")
        case (nil, let key?):
            throw SecretFileError(path: key, reason: "a key needs its certificate: give certificateFile, too")
        }
        return try PEMFiles.context(configuration, certificate: files.certificateFile, key: files.keyFile)
    }

    private func context() -> NIOSSLContext {
        state.withLock { state in
            let identities = Self.identities(files)
            guard identities != state.identities else { return state.context }
            do {
                state.context = try Self.load(files)
            } catch {
                logger.warning(
                    "the certificates stay as they were: the new files cannot be used", metadata: ["cause": "\(error)"])
            }
            state.identities = identities
            return state.context
        }
    }

    // MARK: Connections

    package func secure(_ pipeline: ChannelPipeline.SynchronousOperations, host: String) throws {
        // An address is no server name (RFC 6066 section 3); it is compared with the connection's own.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        try pipeline.addHandler(NIOSSLClientHandler(context: context(), serverHostname: isAddress ? nil : host))
    }

    package func failure(
        for error: any Error, host: String, _ pipeline: ChannelPipeline.SynchronousOperations
    ) -> AttemptFailure? {
        let certificate = try? pipeline.nioSSL_peerCertificate()
        return TLSExplanation.clientSide(
            error, host: host, server: certificate, hasCertificate: files.certificateFile != nil)
    }
}
