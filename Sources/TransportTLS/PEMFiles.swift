import NIOSSL
import Transport

/// Certificates and keys from files in PEM, refused with what is wrong and what to do.
enum PEMFiles {
    /// A certificate and what is needed to use it as one's own.
    struct Identity {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
    }

    /// All certificates of a file.
    static func certificates(_ path: String) throws(SecretFileError) -> [NIOSSLCertificate] {
        let bytes = try SecretFileError.read(path)
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw SecretFileError(path: path, reason: "it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
        }
        guard !certificates.isEmpty else {
            throw SecretFileError(path: path, reason: "it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
        }
        return certificates
    }

    /// - Parameters:
    ///   - certificate: the path of the certificate, followed by those that it is signed with.
    ///   - key: the path of its private key.
    static func identity(certificate: String, key: String) throws(SecretFileError) -> Identity {
        let chain = try certificates(certificate)
        let bytes = try SecretFileError.read(key)
        if String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED") {
            throw SecretFileError(
                path: key,
                reason:
                    "the key is encrypted, and nobody is there to type a passphrase; decrypt it with 'openssl pkey -in FILE'"
            )
        }
        let privateKey: NIOSSLPrivateKey
        do {
            privateKey = try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw SecretFileError(path: key, reason: "it holds no private key in PEM (-----BEGIN PRIVATE KEY-----)")
        }
        return Identity(chain: chain, key: privateKey)
    }

    /// A context, with the one thing that can be wrong with files that are well-formed by themselves said by name.
    static func context(
        _ configuration: TLSConfiguration, certificate: String?, key: String?
    ) throws(SecretFileError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            // It is a key, as it was read before: another one's.
            throw SecretFileError(
                path: key ?? "TLS", reason: "this is not the key of the certificate in \(certificate ?? "")")
        } catch {
            throw SecretFileError(path: certificate ?? "TLS", reason: "it cannot be used: \(error)")
        }
    }
}
