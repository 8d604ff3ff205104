import NIOSSL

/// The reasons that BoringSSL gives, such as `CERTIFICATE_VERIFY_FAILED`, out of NIOSSL's errors.
enum TLSReasons {
    /// The reasons, with spaces between; empty where there are none.
    static func names(in error: any Error) -> String {
        let stack: NIOBoringSSLErrorStack
        switch error {
        case NIOSSLError.handshakeFailed(let inner), NIOSSLError.shutdownFailed(let inner):
            return names(in: inner)
        case BoringSSLError.sslError(let errors), BoringSSLError.unknownError(let errors),
            BoringSSLError.failedToSetALPN(let errors), BoringSSLError.invalidSNIName(let errors):
            stack = errors
        default: return ""
        }
        return stack.compactMap(name).joined(separator: " ")
    }

    /// From `error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at ssl/handshake.cc:391`.
    private static func name(_ error: BoringSSLInternalError) -> String? {
        if error == .eofDuringHandshake { return endOfInput }
        guard let start = error.description.firstRange(of: "OPENSSL_internal:")?.upperBound else { return nil }
        return String(error.description[start...].prefix { $0 != " " })
    }

    /// Our name for a connection that was closed in the middle of the handshake.
    static let endOfInput = "CLOSED_DURING_HANDSHAKE"
}
