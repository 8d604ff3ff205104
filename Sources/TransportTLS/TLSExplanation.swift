import Foundation
import NIOSSL
import Transport

/// What an error of TLS means, and what to do about it.
enum TLSExplanation {
    // MARK: The client's side

    /// - Parameters:
    ///   - host: whom the client meant to reach.
    ///   - server: the certificate that it was shown.
    ///   - hasCertificate: the client has one to show.
    /// - Returns: nil for what is no error of TLS.
    static func clientSide(
        _ error: any Error, host: String, server: NIOSSLCertificate?, hasCertificate: Bool, now: Date = Date()
    ) -> AttemptFailure? {
        func refuse(_ detail: String) -> AttemptFailure {
            AttemptFailure(.tlsFailed, detail, isConnectFailure: true)
        }
        switch error {
        case NIOSSLError.uncleanShutdown:
            return AttemptFailure(.connectFailed, closed(hasCertificate), isConnectFailure: true)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return refuse(wrongName(host, server))
        case NIOSSLError.unableToValidateCertificate: return refuse(wrongName(host, server))
        default: break
        }
        guard error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError else { return nil }
        let reasons = TLSReasons.names(in: error)
        if reasons.contains(TLSReasons.endOfInput) {
            return AttemptFailure(
                .connectFailed, "the server closed the connection during the TLS handshake", isConnectFailure: true)
        }
        if reasons.contains("CERTIFICATE_VERIFY_FAILED") { return refuse(notBelieved(server, now)) }
        return refuse(
            alert(reasons, hasCertificate) ?? "the TLS handshake failed: \(reasons.isEmpty ? "\(error)" : reasons)")
    }

    private static func notBelieved(_ certificate: NIOSSLCertificate?, _ now: Date) -> String {
        if let certificate, certificate.expiry < now {
            return
                "the server's certificate expired on \(text(certificate.expiry)); renew it there (our services take a new file without a restart)"
        }
        if let certificate, certificate.beginning > now {
            return
                "the server's certificate is valid from \(text(certificate.beginning)) on only; check the clocks of both machines"
        }
        return
            "the server's certificate is signed by an authority that is not known here; name the authority's file (caFile, --ca-file)"
    }

    private static func wrongName(_ host: String, _ certificate: NIOSSLCertificate?) -> String {
        let names = certificate?.alternativeNames ?? []
        let whose = names.isEmpty ? "has no names in it (subjectAltName)" : "is for \(names.joined(separator: ", "))"
        return
            "the server's certificate \(whose), and not for '\(host)'; use a name of the certificate in the URL, or have '\(host)' added to it"
    }

    private static func closed(_ hasCertificate: Bool) -> String {
        hasCertificate
            ? "the server closed the connection after the TLS handshake; it may not take this client's certificate"
            : "the server closed the connection after the TLS handshake; it may ask for a client certificate"
    }

    /// What the other side said, or what its first bytes were.
    private static func alert(_ reasons: String, _ hasCertificate: Bool) -> String? {
        func says(_ names: String...) -> Bool { names.contains { reasons.contains($0) } }
        let hint = "(certificateFile and keyFile, --certificate-file and --key-file)"
        if says("WRONG_VERSION_NUMBER", "HTTP_REQUEST") {
            return "the server does not speak TLS there: let the URL begin with http://, or name its TLS port"
        }
        if says("CERTIFICATE_REQUIRED") || !hasCertificate && says("ALERT_HANDSHAKE_FAILURE", "ALERT_BAD_CERTIFICATE") {
            return "the server asks for a client certificate; give one \(hint)"
        }
        if says("ALERT_CERTIFICATE_EXPIRED") {
            return "the server refuses this client's certificate, because it has expired; renew it \(hint)"
        }
        if says("ALERT_UNKNOWN_CA") {
            return "the server refuses this client's certificate: it does not know the authority that signed it \(hint)"
        }
        if says(
            "ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE_UNKNOWN", "ALERT_UNSUPPORTED_CERTIFICATE",
            "ALERT_CERTIFICATE_REVOKED",
            "ALERT_ACCESS_DENIED", "ALERT_DECRYPT_ERROR")
        {
            return "the server refuses this client's certificate \(hint)"
        }
        if says("NO_APPLICATION_PROTOCOL") { return "the server offers no HTTP/2 over TLS (ALPN h2)" }
        if says("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL") {
            return "the server speaks neither TLS 1.2 nor TLS 1.3, and nothing older is spoken here"
        }
        return nil
    }

    // MARK: The server's side

    /// - Parameter client: the certificate that the client showed.
    /// - Returns: for the log; nil for what is no error of TLS.
    static func serverSide(_ error: any Error, client: NIOSSLCertificate?, now: Date = Date()) -> String? {
        if error is PlainTextOnSecurePort { return "the client does not speak TLS" }
        guard case NIOSSLError.handshakeFailed = error else { return nil }
        let reasons = TLSReasons.names(in: error)
        // Probes of load balancers connect and go: nothing has failed.
        if reasons.contains(TLSReasons.endOfInput) { return nil }
        if reasons.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return "the client has no certificate" }
        if reasons.contains("CERTIFICATE_VERIFY_FAILED") {
            let name = client?.ownerName.map { "the certificate '\($0)'" } ?? "the client's certificate"
            if let client, client.expiry < now { return "\(name) expired on \(text(client.expiry))" }
            return "\(name) is signed by an authority that is not in the file of client authorities"
        }
        if reasons.contains("ALERT_UNKNOWN_CA") { return "the client does not know the authority of our certificate" }
        if reasons.contains("ALERT_CERTIFICATE_EXPIRED") { return "the client says that our certificate has expired" }
        return reasons.isEmpty ? "\(error)" : reasons
    }

    private static func text(_ date: Date) -> String {
        // "2026-11-25T18:00:00Z"
        date.ISO8601Format()
    }
}
