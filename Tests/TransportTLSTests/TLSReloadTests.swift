import Foundation
import HTTPTypes
import TestSupport
import Testing
import Transport
import TransportTLS

/// Files that are exchanged while both sides run.
@Suite(.enabled(if: TestAuthority.isAvailable, "openssl is needed to make certificates")) struct TLSReloadTests {
    private let folder: TemporaryFolder
    private let authority: TestAuthority

    init() throws {
        folder = try TemporaryFolder()
        authority = try TestAuthority(in: folder.path)
    }

    private func client(_ address: BoundAddress, _ files: ClientTLSFiles) throws -> HTTPClient {
        var configuration = ClientConfiguration(urls: [address.url], deadline: .seconds(20), retries: .none)
        configuration.encryption = try TLSClient(files, logger: .silent)
        return try HTTPClient(configuration: configuration, logger: .silent)
    }

    @Test func newConnectionsHaveTheNewCertificateAndOpenOnesGoOn() async throws {
        let tls = try TLSServer(TLSServerFiles(authority.issue("server", days: -1)))
        try await withSecureServer(tls) { address in
            let files = ClientTLSFiles(caFile: authority.file)
            await #expect(throws: TransportError.self) { try await get(address.url, files: files) }
            try authority.issue("server")
            try tls.reload()
            #expect(tls.certificate.expiry > Date())
            let open = try client(address, files)
            #expect(try await open.send(ClientRequest(path: "/")).status == .ok)
            try authority.issue("server", days: -1)
            try tls.reload()
            #expect(try await open.send(ClientRequest(path: "/")).status == .ok)
            await #expect(throws: TransportError.self) { try await get(address.url, files: files) }
            await open.shutdown()
        }
    }

    @Test func filesThatCannotBeUsedAreNamedAndChangeNothing() async throws {
        let identity = try authority.issue("server")
        let tls = try TLSServer(TLSServerFiles(identity))
        let expiry = tls.certificate.expiry
        func expectRefusal(_ path: String, _ reason: String) {
            let error = #expect(throws: SecretFileError.self) { try tls.reload() }
            #expect(error?.path == path && error?.reason.hasPrefix(reason) == true, "\(String(describing: error))")
        }
        let certificate = try String(contentsOfFile: identity.certificate, encoding: .utf8)
        try folder.write("", to: "server.pem")
        expectRefusal(identity.certificate, "it holds no certificate in PEM")
        try folder.write(certificate, to: "server.pem")
        let key = try String(contentsOfFile: identity.key, encoding: .utf8)
        let other = try authority.issue("other")
        try folder.write(String(contentsOfFile: other.key, encoding: .utf8), to: "server.key")
        expectRefusal(identity.key, "this is not the key of the certificate in \(identity.certificate)")
        try folder.write("no key", to: "server.key")
        expectRefusal(identity.key, "it holds no private key in PEM")
        try folder.write("-----BEGIN ENCRYPTED PRIVATE KEY-----\n", to: "server.key")
        expectRefusal(identity.key, "the key is encrypted")
        try FileManager.default.removeItem(atPath: identity.key)
        expectRefusal(identity.key, "there is no such file")
        #expect(tls.certificate.expiry == expiry)
        try await withSecureServer(tls) { address in
            let answer = try await get(address.url, files: ClientTLSFiles(caFile: authority.file))
            #expect(answer.status == .ok)
        }
        try folder.write(key, to: "server.key")
        try tls.reload()
    }

    @Test func aClientsNewFilesCountForItsNextConnection() async throws {
        let clients = try TestAuthority(in: folder.path, name: "clients")
        let tls = try TLSServer(TLSServerFiles(authority.issue("server"), clients: clients))
        try await withSecureServer(tls) { address in
            let own = try clients.issue("trainer", days: -1)
            let trainer = try client(
                address,
                ClientTLSFiles(caFile: authority.file, certificateFile: own.certificate, keyFile: own.key))
            await #expect(throws: TransportError.self) { try await trainer.send(ClientRequest(path: "/")) }
            try clients.issue("trainer")
            #expect(try await trainer.send(ClientRequest(path: "/")).status == .ok)
            await trainer.shutdown()
        }
    }

    @Test func aCertificateAndItsKeyBelongTogetherAtTheClientToo() throws {
        let own = try authority.issue("trainer")
        let error = #expect(throws: SecretFileError.self) {
            try TLSClient(ClientTLSFiles(certificateFile: own.certificate), logger: .silent)
        }
        #expect(error?.description == "\(own.certificate): a certificate needs its key: give keyFile, too")
    }
}
