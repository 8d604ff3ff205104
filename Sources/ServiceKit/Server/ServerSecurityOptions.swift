import ArgumentParser
import TransportTLS

/// The options of every `serve` about who may use it.
public struct ServerSecurityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Answer only requests with a bearer token of this file: one a line, read again when it changes.",
            valueName: "file"), completion: .file())
    public var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "Speak TLS with this certificate chain (PEM), read again when it changes.", valueName: "file"),
        completion: .file())
    public var certificateFile: String?

    @Option(help: ArgumentHelp("The certificate's private key.", valueName: "file"), completion: .file())
    public var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "Let in only clients with a certificate of these authorities (mutual TLS).", valueName: "file"),
        completion: .file())
    public var clientCaFile: String?

    public init() {}

    /// Whether any file of TLS is named.
    var namesTLS: Bool { certificateFile != nil || keyFile != nil || clientCaFile != nil }

    /// The configuration's settings with what the command line says instead.
    ///
    /// - Throws: ``CommandFailure`` when a file is missing that another one needs.
    func applied(to settings: ServerSettings) throws(CommandFailure) -> ServerSettings {
        var settings = settings
        settings.tokenFile = tokenFile ?? settings.tokenFile
        guard namesTLS else { return settings }
        guard let certificate = certificateFile ?? settings.tls?.certificateFile,
            let key = keyFile ?? settings.tls?.keyFile
        else {
            throw CommandFailure(
                "TLS needs a certificate and its key: give --certificate-file and --key-file", exitStatus: .usage)
        }
        settings.tls = TLSServerFiles(
            certificateFile: certificate, keyFile: key, clientCaFile: clientCaFile ?? settings.tls?.clientCaFile)
        return settings
    }
}
