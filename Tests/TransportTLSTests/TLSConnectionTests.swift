import Foundation
import HTTPTypes
import ServiceAPI
import TestSupport
import Testing
import Transport
import TransportTLS

/// Who gets a connection, who does not, and what either side is told.
@Suite(.enabled(if: TestAuthority.isAvailable, "openssl is needed to make certificates")) struct TLSConnectionTests {
    private let folder: TemporaryFolder
    private let authority: TestAuthority

    init() throws {
        folder = try TemporaryFolder()
        authority = try TestAuthority(in: folder.path)
    }

    private var believing: ClientTLSFiles { ClientTLSFiles(caFile: authority.file) }

    private func files(_ identity: TestAuthority.Identity) -> ClientTLSFiles {
        ClientTLSFiles(caFile: authority.file, certificateFile: identity.certificate, keyFile: identity.key)
    }

    private func refusal(
        _ url: String, _ files: ClientTLSFiles, sourceLocation: SourceLocation = #_sourceLocation
    ) async -> TransportError? {
        await #expect(throws: TransportError.self, sourceLocation: sourceLocation) { try await get(url, files: files) }
    }

    @Test func anAddressAndANameOfTheCertificateAreReached() async throws {
        let tls = try TLSServer(TLSServerFiles(authority.issue("server")))
        #expect(tls.certificate.names == ["localhost", "127.0.0.1"])
        try await withSecureServer(tls, handler: { request in .text(request.head.scheme ?? "none") }) { address in
            #expect(address.url == "https://127.0.0.1:\(address.port)")
            for host in ["127.0.0.1", "localhost"] {
                let answer = try await get("https://\(host):\(address.port)", files: believing)
                #expect(answer.status == .ok && answer.text == "https")
            }
        }
    }

    @Test func largeBodiesGoBothWays() async throws {
        let tls = try TLSServer(TLSServerFiles(authority.issue("server")))
        let echo: RequestHandler = { request in ServerResponse(body: .bytes(try await request.collectBody())) }
        try await withSecureServer(tls, handler: echo) { address in
            var configuration = ClientConfiguration(urls: [address.url], compression: .identity)
            configuration.encryption = try TLSClient(believing, logger: .silent)
            let client = try HTTPClient(configuration: configuration, logger: .silent)
            let bytes = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
            for _ in 0..<3 {
                let answer = try await client.send(ClientRequest(method: .post, path: "/", body: bytes))
                #expect(answer.body == bytes)
            }
            await client.shutdown()
        }
    }

    @Test func anExpiredCertificateIsNamedWithItsDate() async throws {
        let tls = try TLSServer(TLSServerFiles(authority.issue("server", days: -1)))
        try await withSecureServer(tls) { address in
            let error = await refusal(address.url, believing)
            #expect(error?.code == .tlsFailed && error?.attempts == 1)
            let date = tls.certificate.expiry.ISO8601Format()
            #expect(
                error?.description.contains("GET \(address.url)/ failed after 1 attempt in ") == true
                    && error?.detail.hasPrefix("the server's certificate expired on \(date); renew it there") == true,
                "\(String(describing: error))")
        }
    }

    @Test func anotherNameAndAnotherAuthorityAreNamed() async throws {
        let tls = try TLSServer(TLSServerFiles(authority.issue("server", names: "DNS:reward.example.org, IP:10.0.0.7")))
        try await withSecureServer(tls) { address in
            for host in ["127.0.0.1", "localhost"] {
                let error = await refusal("https://\(host):\(address.port)", believing)
                #expect(error?.code == .tlsFailed && error?.attempts ?? 0 <= 2)
                #expect(
                    error?.detail.hasPrefix(
                        "the server's certificate is for reward.example.org, 10.0.0.7, and not for '\(host)'") == true,
                    "\(String(describing: error))")
            }
            let other = try TestAuthority(in: folder.path, name: "other")
            for files in [ClientTLSFiles(), ClientTLSFiles(caFile: other.file)] {
                let error = await refusal(address.url, files)
                #expect(error?.code == .tlsFailed)
                #expect(
                    error?.detail.hasPrefix("the server's certificate is signed by an authority that is not known here")
                        == true, "\(String(describing: error))")
            }
        }
    }

    // MARK: TLS on one side only

    @Test func plainHTTPOnTheTLSPortIsTold() async throws {
        let failures = HandshakeCounter()
        let tls = try TLSServer(TLSServerFiles(authority.issue("server")))
        try await withSecureServer(tls, observer: failures) { address in
            let error = await refusal("http://127.0.0.1:\(address.port)", ClientTLSFiles())
            #expect(error?.code == .tlsFailed && error?.attempts == 1)
            #expect(error?.detail == "the server speaks TLS there: let the URL begin with https://")
            let answer = try await RawExchange.run(
                with: ServerURL("http://127.0.0.1:\(address.port)"), sending: Array("GET / HTTP/1.1\r\n\r\n".utf8),
                within: .seconds(15)
            ) { $0.last == UInt8(ascii: "}") }
            let text = String(decoding: answer, as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            let body = text.components(separatedBy: "\r\n\r\n").last ?? ""
            let problem = try ServiceJSON.decode(ProblemDetails.self, from: Array(body.utf8))
            #expect(problem.detail == "this port speaks TLS: use https://")
            try await eventually("both are counted") { failures.count == 2 }
        }
    }

    @Test func tlsOnThePlainPortIsTold() async throws {
        let server = HTTPServer(configuration: .init(), logger: .silent) { _ in .text("in") }
        let address = try await server.start()
        let error = await refusal("https://127.0.0.1:\(address.port)", believing)
        #expect(error?.code == .tlsFailed && error?.attempts == 1)
        #expect(
            error?.detail == "the server does not speak TLS there: let the URL begin with http://, or name its TLS port"
        )
        await server.shutdown()
    }

    // MARK: Mutual TLS

    @Test func onlyACertificateOfTheAuthorityGetsIn() async throws {
        let failures = HandshakeCounter()
        let clients = try TestAuthority(in: folder.path, name: "clients")
        let tls = try TLSServer(TLSServerFiles(authority.issue("server"), clients: clients))
        try await withSecureServer(tls, observer: failures) { address in
            #expect(try await get(address.url, files: files(clients.issue("trainer"))).status == .ok)
            let none = await refusal(address.url, believing)
            #expect(
                none?.detail.hasPrefix("the server asks for a client certificate; give one") == true,
                "\(String(describing: none))")
            let foreign = try await refusal(address.url, files(authority.issue("foreign")))
            #expect(
                foreign?.detail.hasPrefix(
                    "the server refuses this client's certificate: it does not know the authority")
                    == true, "\(String(describing: foreign))")
            let old = try await refusal(address.url, files(clients.issue("old", days: -1)))
            #expect(
                old?.detail.hasPrefix("the server refuses this client's certificate, because it has expired") == true,
                "\(String(describing: old))")
            for error in [none, foreign, old] { #expect(error?.code == .tlsFailed && error?.attempts == 1) }
            try await eventually("all are counted") { failures.count == 3 }
        }
    }

    @Test func aCertificatesOwnerIsAClientWithASharesOfItsOwn() async throws {
        var configuration = HTTPServerConfiguration()
        configuration.encryption = try TLSServer(TLSServerFiles(authority.issue("server"), clients: authority))
        configuration.access = try AccessControl(limits: ClientLimits(requestsPerSecond: 0.1, burst: 1))
        let server = HTTPServer(configuration: configuration, logger: .silent) { _ in .text("in") }
        let address = try await server.start()
        for name in ["trainer one", "two"] {
            let files = try files(authority.issue(name))
            #expect(try await get(address.url, files: files).status == .ok)
            let answer = try await get(address.url, files: files, deadline: .seconds(2))
            #expect(answer.status == .tooManyRequests)
            #expect(answer.text.contains("the client '\(name)' (certificate) makes more than 0.1 requests a second"))
        }
        await server.shutdown()
    }

    // MARK: Several servers

    @Test func anotherServerStandsInForOneThatIsNotBelieved() async throws {
        let good = try TLSServer(TLSServerFiles(authority.issue("server")))
        let bad = try TLSServer(TLSServerFiles(authority.issue("expired", days: -1)))
        try await withSecureServer(good) { one in
            try await withSecureServer(bad) { other in
                for urls in [(one.url, other.url), (other.url, one.url)] {
                    let answer = try await get(urls.0, urls.1, files: believing)
                    #expect(answer.server == one.url)
                }
            }
        }
    }

    @Test func aServerThatMayBeBackIsWaitedForDespiteOneThatIsNotBelieved() async throws {
        let bad = try TLSServer(TLSServerFiles(authority.issue("expired", days: -1)))
        try await withSecureServer(bad) { other in
            let error = await #expect(throws: TransportError.self) {
                try await get("https://127.0.0.1:1", other.url, files: believing, deadline: .seconds(1))
            }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    // MARK: Time

    @Test func aHandshakeThatIsNeverFinishedIsCutOff() async throws {
        let tls = try TLSServer(TLSServerFiles(authority.issue("server")))
        var timeouts = HTTPServerConfiguration.Timeouts()
        timeouts.header = .milliseconds(100)
        try await withSecureServer(tls, timeouts: timeouts) { address in
            let url = try ServerURL("http://127.0.0.1:\(address.port)")
            // The header of a record that never comes, and silence.
            for bytes: [UInt8] in [[0x16, 3, 1, 2, 0], []] {
                let failure = await #expect(throws: RawExchange.Failure.self) {
                    try await RawExchange.run(with: url, sending: bytes, within: .seconds(15)) { _ in false }
                }
                #expect(failure?.description.hasPrefix("the server closed the connection after ") == true)
            }
        }
    }
}
