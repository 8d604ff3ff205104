import ArgumentParser
import Logging
import Transport
import TransportTLS

/// What a command shows to the services that it calls, and whom it believes.
public struct ClientSecurityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The bearer token to show: the first one of this file.", valueName: "file"),
        completion: .file())
    public var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "For https: the authorities whose certificates are believed, in PEM. (default: the system's)",
            valueName: "file"), completion: .file())
    public var caFile: String?

    @Option(
        help: ArgumentHelp("For https: our own certificate, where the server asks for one.", valueName: "file"),
        completion: .file())
    public var certificateFile: String?

    @Option(help: ArgumentHelp("Its private key.", valueName: "file"), completion: .file())
    public var keyFile: String?

    public init() {}

    /// What the options say; nothing where none is given.
    public var credentials: ClientCredentials {
        let files = ClientTLSFiles(caFile: caFile, certificateFile: certificateFile, keyFile: keyFile)
        return ClientCredentials(tokenFile: tokenFile, tls: files == ClientTLSFiles() ? nil : files)
    }
}

extension ClientCredentials {
    /// Makes a client of this configuration show the token and speak TLS where a URL says so.
    ///
    /// - Throws: `SecretFileError` naming the file that cannot be used.
    public func apply(to configuration: inout ClientConfiguration, logger: Logger) throws(SecretFileError) {
        if let tokenFile { configuration.tokenFile = try BearerTokenFile(tokenFile) }
        // Reading the system's authorities takes some milliseconds, which nobody needs without TLS.
        guard tls != nil || configuration.urls.contains(where: { $0.lowercased().hasPrefix("https:") }) else { return }
        configuration.encryption = try TLSClient(tls ?? ClientTLSFiles(), logger: logger)
    }
}

extension SecretFileError: UserFacingError {
    public var exitStatus: ExitStatus { .configuration }
}
