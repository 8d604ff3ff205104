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
