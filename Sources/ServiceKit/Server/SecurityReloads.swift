import Foundation
import Logging
import ServiceLifecycle
import Transport
import TransportTLS

/// What protects a server: says at the start what that is, and reads tokens and certificates again when their files change. What cannot be used
/// is logged, and the old stays.
struct SecurityReloads: Service, CustomStringConvertible {
    /// A certificate that ends sooner is warned of.
    private static let noticeDays = 14.0

    private let access: AccessControl?
    private let tls: TLSServer?
    private let logger: Logger
    private let tokenWatch: FileWatch?
    private let tlsWatch: FileWatch?
    private let registry: PrometheusRegistry

    var description: String { "security" }

    init(_ configuration: HTTPServerConfiguration, registry: PrometheusRegistry, logger: Logger) {
        access = configuration.access
        tls = configuration.encryption as? TLSServer
        self.logger = logger
        self.registry = registry
        tokenWatch = access?.tokenFile.map { FileWatch($0) }
        // Together: a certificate and its key are two files, and of no use until both are new.
        tlsWatch = tls.map { FileWatch(together: $0.files.all) }
    }

    var hasFiles: Bool { tokenWatch != nil || tlsWatch != nil }

    /// Logs what the operator should know before the first client comes.
    func announce(isLoopback: Bool) {
        if let tls { note(tls.certificate, "TLS", isMutual: tls.files.clientCaFile != nil) }
        if access?.tokenFile != nil, tls == nil, !isLoopback {
            logger.warning(
                "bearer tokens travel unencrypted: give the service a certificate, or put TLS in front of it")
        }
    }

    func run() async {
        // What was exchanged between being read and being watched.
        reloadTokens(isFirst: true)
        reloadCertificate(isFirst: true)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                if let tokenWatch { group.addTask { await tokenWatch.run { reloadTokens() } } }
                if let tlsWatch { group.addTask { await tlsWatch.run { reloadCertificate() } } }
            }
        }
    }

    private func reloadTokens(isFirst: Bool = false) {
        guard let access, let file = access.tokenFile else { return }
        do {
            let count = try access.reloadTokens()
            guard !isFirst else { return }
            logger.notice("the tokens have been read again", metadata: ["file": "\(file)", "tokens": "\(count)"])
        } catch {
            logger.error("the tokens stay as they were: the new file cannot be used", metadata: ["cause": "\(error)"])
        }
    }

    private func reloadCertificate(isFirst: Bool = false) {
        guard let tls else { return }
        do {
            try tls.reload()
            guard !isFirst else { return }
            note(tls.certificate, "the certificate has been read again", isMutual: tls.files.clientCaFile != nil)
        } catch {
            logger.error(
                "the certificate stays as it was: the new files cannot be used", metadata: ["cause": "\(error)"])
        }
    }

    private func note(_ certificate: TLSServer.Certificate, _ message: String, isMutual: Bool) {
        logger.notice(
            "\(message)",
            metadata: [
                "names": "\(certificate.names.joined(separator: ", "))",
                "until": "\(certificate.expiry.ISO8601Format())",
                "clientCertificates": "\(isMutual ? "required" : "not asked for")",
            ])
        registry.describe(
            "tls_certificate_not_after_seconds", help: "When the service's certificate ends, since the Unix epoch.")
        registry.gauge("tls_certificate_not_after_seconds").set(certificate.expiry.timeIntervalSince1970)
        let days = certificate.expiry.timeIntervalSinceNow / 86_400
        if days < 0 {
            logger.error("the certificate has expired: clients will refuse it; put a new one in its file")
        } else if days < Self.noticeDays {
            logger.warning("the certificate ends in \(Int(days.rounded(.up))) days; put a new one in its file")
        }
    }
}
