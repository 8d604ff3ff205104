import Foundation
import NIOCore
import NIOSSL
import Synchronization
import Transport

/// The files of a server's side of TLS, in PEM.
public struct TLSServerFiles: Codable, Sendable, Hashable {
    /// The server's certificate, followed by those that it is signed with up to the authority's.
    public var certificateFile: String
    public var keyFile: String
    /// The authorities of clients' certificates. Where it is there, a client without such a certificate is not let in (mutual TLS).
    public var clientCaFile: String?

    public init(certificateFile: String, keyFile: String, clientCaFile: String? = nil) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clientCaFile = clientCaFile
    }

    public var all: [String] { [certificateFile, keyFile] + (clientCaFile.map { [$0] } ?? []) }
}

/// TLS 1.2 and 1.3 for a server's connections, with ALPN for HTTP/2 and HTTP/1.1.
public final class TLSServer: ServerEncryption {
    /// What a server shows to its clients.
    public struct Certificate: Sendable, Equatable {
        /// The names that it is for.
        public let names: [String]
        public let expiry: Date
    }

    private struct State {
        let context: NIOSSLContext
        let certificate: Certificate
    }

    public let files: TLSServerFiles
    private let state: Mutex<State>

    /// - Throws: `SecretFileError` naming the file that cannot be used.
    public init(_ files: TLSServerFiles) throws(SecretFileError) {
        self.files = files
        state = Mutex(try Self.load(files))
    }

    public var certificate: Certificate { state.withLock { $0.certificate } }

    /// Reads the files again. Connections that are open go on; new ones have what was read.
    ///
    /// - Throws: `SecretFileError`; the old files' contents then stay in use.
    public func reload() throws(SecretFileError) {
        let new = try Self.load(files)
        state.withLock { $0 = new }
    }

    private static func load(_ files: TLSServerFiles) throws(SecretFileError) -> State {
        let identity = try PEMFiles.identity(certificate: files.certificateFile, key: files.keyFile)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: identity.chain.map { .certificate($0) }, privateKey: .privateKey(identity.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        configuration.shutdownTimeout = TLSClient.shutdownTimeout
        if let authorities = files.clientCaFile {
            configuration.trustRoots = .certificates(try PEMFiles.certificates(authorities))
            // Clients have no names that could be compared with anything.
            configuration.certificateVerification = .noHostnameVerification
            configuration.sendCANameList = true
        }
        let context = try PEMFiles.context(configuration, certificate: files.certificateFile, key: files.keyFile)
        let leaf = identity.chain[0]
        return State(
            context: context, certificate: Certificate(names: leaf.alternativeNames, expiry: leaf.expiry))
    }

    // MARK: Connections

    package func secure(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
        let context = state.withLock { $0.context }
        try pipeline.addHandlers([PlainTextRefusal(), NIOSSLServerHandler(context: context)])
    }

    package func clientName(_ pipeline: ChannelPipeline.SynchronousOperations) -> String? {
        guard files.clientCaFile != nil, let certificate = try? pipeline.nioSSL_peerCertificate() else { return nil }
        return certificate.ownerName
    }

    package func reason(for error: any Error, _ pipeline: ChannelPipeline.SynchronousOperations) -> String? {
        let certificate = try? pipeline.nioSSL_peerCertificate()
        return TLSExplanation.serverSide(error, client: certificate)
    }
}
