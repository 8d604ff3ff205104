/// What a client shows to servers, and whom it believes; as configuration files have it, beside `urls`.
public struct ClientCredentials: Codable, Sendable, Hashable {
    /// A file with the bearer token.
    public var tokenFile: String?
    public var tls: ClientTLSFiles?

    public init(tokenFile: String? = nil, tls: ClientTLSFiles? = nil) {
        self.tokenFile = tokenFile
        self.tls = tls
    }

    public var isEmpty: Bool { tokenFile == nil && tls == nil }
}

/// The files of a client's side of TLS, in PEM.
public struct ClientTLSFiles: Codable, Sendable, Hashable {
    /// The authorities whose certificates are believed; the system's where it is left out.
    public var caFile: String?
    /// The client's own certificate with its chain, for servers that ask for one.
    public var certificateFile: String?
    /// Its private key.
    public var keyFile: String?

    public init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
