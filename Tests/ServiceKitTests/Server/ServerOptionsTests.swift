import ArgumentParser
import ServiceKit
import TestSupport
import Testing
import Transport

@Suite struct ServerOptionsTests {
    private struct Configuration: Codable { var server: ServerSettings? }

    private func parse(_ arguments: String...) throws -> ServerOptions { try ServerOptions.parse(arguments) }

    @Test func theCommandLineGoesBeforeTheConfiguration() throws {
        var settings = ServerSettings()
        settings.host = "127.0.0.2"
        settings.port = 1000
        settings.maximumBodyBytes = 7
        settings.drainSeconds = 0.5
        let both = try parse("--port", "2000").serverConfiguration(settings, defaultPort: 3000)
        #expect(both.host == "127.0.0.2" && both.port == 2000)
        #expect(both.limits.maximumBodyBytes == 7 && both.timeouts.drainGrace == .milliseconds(500))
        let none = try parse().serverConfiguration(defaultPort: 3000)
        #expect(none.host == "127.0.0.1" && none.port == 3000)
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    func listensOnLoopback(host: String) throws {
        #expect(try parse("--host", host).serverConfiguration(defaultPort: 0).host == host)
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.1", "127.example.org", "127.0.0.1.example.org"])
    func listensElsewhereOnlyWhenTold(host: String) throws {
        let error = #expect(throws: CommandFailure.self) {
            try parse("--host", host).serverConfiguration(defaultPort: 0)
        }
        #expect(error?.description.contains("--insecure") == true && error?.exitStatus == .configuration)
        #expect(try parse("--host", host, "--insecure").serverConfiguration(defaultPort: 0).host == host)
    }

    @Test func tokensAndMutualTLSOpenOtherAddresses() throws {
        let folder = try TemporaryFolder()
        let tokens = try folder.write("a-token-0123456789", to: "tokens")
        let byToken = try parse("--host", "0.0.0.0", "--token-file", tokens).serverConfiguration(defaultPort: 0)
        #expect(byToken.host == "0.0.0.0" && byToken.access?.tokenFile == tokens)
        #expect(byToken.access?.openPaths == ["/", "/healthz", "/readyz"])
        var settings = ServerSettings()
        settings.tokenFile = tokens
        settings.openMetrics = true
        let configured = try parse("--host", "0.0.0.0").serverConfiguration(settings, defaultPort: 0)
        #expect(configured.access?.openPaths == ["/", "/healthz", "/readyz", "/metrics"])
        guard TestAuthority.isAvailable else {
            return print("skipped: openssl is not installed, so no certificate was tried")
        }
        let authority = try TestAuthority(in: folder.path)
        let own = try authority.issue("server")
        let files = ["--host", "0.0.0.0", "--certificate-file", own.certificate, "--key-file", own.key]
        // Encryption alone lets everybody in.
        #expect(throws: CommandFailure.self) { try ServerOptions.parse(files).serverConfiguration(defaultPort: 0) }
        let mutual = try ServerOptions.parse(files + ["--client-ca-file", authority.file])
        #expect(try mutual.serverConfiguration(defaultPort: 0).host == "0.0.0.0")
    }

    @Test func namesTheFileThatCannotBeUsed() throws {
        let missing = #expect(throws: CommandFailure.self) {
            try parse("--token-file", "/no/tokens").serverConfiguration(defaultPort: 0)
        }
        #expect(missing?.description == "/no/tokens: there is no such file" && missing?.exitStatus == .configuration)
        let half = #expect(throws: CommandFailure.self) {
            try parse("--certificate-file", "a.pem").serverConfiguration(defaultPort: 0)
        }
        #expect(half?.description == "TLS needs a certificate and its key: give --certificate-file and --key-file")
    }

    @Test(arguments: [
        (ClientLimitSettings(requestsPerSecond: 0), "'server.perClient.requestsPerSecond' must be above 0"),
        (ClientLimitSettings(burst: 3), "'server.perClient.burst' needs 'requestsPerSecond' beside it"),
        (ClientLimitSettings(requestsPerSecond: 1, burst: 0), "'server.perClient.burst' must be 1 or more, and is 0"),
        (ClientLimitSettings(concurrentRequests: 0), "'server.perClient.concurrentRequests' must be 1 or more"),
    ])
    func namesALimitThatMakesNoSense(limits: ClientLimitSettings, message: String) throws {
        var settings = ServerSettings()
        settings.perClient = limits
        let error = #expect(throws: CommandFailure.self) {
            try parse().serverConfiguration(settings, defaultPort: 0)
        }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test(arguments: ["-1", "65536", "http"])
    func refusesWhatIsNoPort(port: String) { #expect(throws: (any Error).self) { try parse("--port=\(port)") } }

    @Test func namesASettingThatMakesNoSense() throws {
        var settings = ServerSettings()
        settings.maximumRunningRequests = 0
        let error = #expect(throws: CommandFailure.self) {
            try parse().serverConfiguration(settings, defaultPort: 0)
        }
        #expect(error?.description == "'server.maximumRunningRequests' must be greater than 0, and is 0")
    }

    @Test func readsTheServerSectionStrictly() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("server:\n  port: 1\n  prot: 2\n", to: "x.yaml")
        #expect(
            throws: ConfigurationError(
                source: path, line: 3, message: "unknown key 'prot' in 'server'; did you mean 'port'?")
        ) {
            try parse("--config", path).loadConfiguration(as: Configuration.self, environmentPrefix: "STEPWISE_NONE")
        }
    }
}
