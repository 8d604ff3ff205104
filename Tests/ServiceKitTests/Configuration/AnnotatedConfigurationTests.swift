import ServiceKit
import TestSupport
import Testing

private struct Sample: Codable, Equatable {
    var name = "run"
    var steps = 10
    var urls: [String] = []
    var note = ""
    var inner = Inner()
    var stages: [Inner] = []
    var apiToken: String?

    init() {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(String.self, forKey: .name) ?? name
        steps = try values.decodeIfPresent(Int.self, forKey: .steps) ?? steps
        urls = try values.decodeIfPresent([String].self, forKey: .urls) ?? urls
        note = try values.decodeIfPresent(String.self, forKey: .note) ?? note
        inner = try values.decodeIfPresent(Inner.self, forKey: .inner) ?? inner
        stages = try values.decodeIfPresent([Inner].self, forKey: .stages) ?? stages
        apiToken = try values.decodeIfPresent(String.self, forKey: .apiToken)
    }
}

private struct Inner: Codable, Equatable {
    var rate = 0.5
    var limit = 3

    init() {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        rate = try values.decodeIfPresent(Double.self, forKey: .rate) ?? rate
        limit = try values.decodeIfPresent(Int.self, forKey: .limit) ?? limit
    }
}

@Suite struct AnnotatedConfigurationTests {
    private func load(_ yaml: String, _ environment: [String: String] = [:]) throws -> LoadedConfiguration<Sample> {
        try StrictConfiguration.decodeLayers(
            yaml, as: Sample.self, source: "x.yaml",
            environment: EnvironmentOverrides(prefix: "STEPWISE_TEST", environment: environment))
    }

    private func printed(_ loaded: LoadedConfiguration<Sample>) throws -> [String] {
        try AnnotatedConfiguration.yaml(of: loaded.value, origins: loaded.origins).split(separator: "\n").map { line in
            // The padding is not what is tested.
            String(line.replacing(#/ +# /#, with: " # "))
        }
    }

    @Test func saysWhereEachValueComesFrom() throws {
        var loaded = try load(
            "name: first\ninner:\n  limit: 7\nstages:\n  - rate: 2\n",
            ["STEPWISE_TEST_INNER_RATE": "0.25", "STEPWISE_TEST_URLS": "[http://a, http://b]"])
        loaded.override(\.steps, with: 99, key: "steps", flag: "--steps")
        loaded.override(\.note, with: nil, key: "note", flag: "--note")
        #expect(
            try printed(loaded) == [
                "name: first # x.yaml:1", "steps: 99 # --steps", "urls:",
                "- http://a # environment STEPWISE_TEST_URLS", "- http://b # environment STEPWISE_TEST_URLS",
                "note: '' # default", "inner:", "  rate: 0.25 # environment STEPWISE_TEST_INNER_RATE",
                "  limit: 7 # x.yaml:3", "stages:", "- rate: 2 # x.yaml:5", "  limit: 3 # default",
            ])
    }

    /// The command line goes before the environment, that before the file, that before the defaults.
    @Test func theLayersAreInOneOrder() throws {
        let variable = ["STEPWISE_TEST_STEPS": "3"]
        #expect(try load("").value.steps == 10)
        #expect(try load("steps: 2").value.steps == 2)
        #expect(try load("steps: 2", variable).value.steps == 3)
        var loaded = try load("steps: 2", variable)
        loaded.override(\.steps, with: 4, key: "steps", flag: "--steps")
        #expect(loaded.value.steps == 4 && loaded.origins["steps"] == .flag("--steps"))
    }

    @Test func whatIsPrintedReadsBackTheSame() throws {
        let loaded = try load(
            #"""
            name: "yes: # [odd]"
            note: "two\nlines, and so long that a line of eighty columns would be broken in it, were it allowed to be"
            urls: ["http://a/#b", "- x"]
            stages: [{rate: 1.0e-9}, {}]
            """#)
        let text = try AnnotatedConfiguration.yaml(of: loaded.value, origins: loaded.origins)
        #expect(try load(text).value == loaded.value, "\(text)")
        #expect(text.split(separator: "\n").allSatisfy { $0.contains(" # ") || $0.hasSuffix(":") }, "\(text)")
    }

    @Test func secretsAreNotPrinted() throws {
        let loaded = try load(
            "apiToken: hunter2\nurls: ['http://me:hunter2@a/b', 'http://a/b@c', 'http://me:hunter2@hunter2@a']\n")
        let lines = try printed(loaded)
        #expect(lines.contains("apiToken: '***' # x.yaml:1, a secret and not printed"))
        #expect(lines.contains("- http://***@a/b # x.yaml:2, a secret and not printed"))
        #expect(lines.contains("- http://a/b@c # x.yaml:2"))
        #expect(!lines.joined().contains("hunter2"))
    }

    @Test func variablesThatAreNoKeysAreNamed() throws {
        let loaded = try load(
            "",
            [
                "STEPWISE_TEST_STEP": "1", "STEPWISE_TEST_INNER_LIMITS": "1", "STEPWISE_TEST_SOMETHING_ELSE": "1",
                "STEPWISE_TEST_NAME": "fine", "STEPWISE_OTHER": "1",
                // Kubernetes' for a service called stepwise-test.
                "STEPWISE_TEST_SERVICE_HOST": "10.0.0.1", "STEPWISE_TEST_SERVICE_PORT_HTTP": "80",
                "STEPWISE_TEST_PORT_80_TCP_PROTO": "tcp", "STEPWISE_TEST_PORT_80_TCP": "tcp://10.0.0.1:80",
            ])
        #expect(
            loaded.unknownVariables.map(\.description) == [
                "the environment variable STEPWISE_TEST_INNER_LIMITS is not used: there is no such key; did you mean STEPWISE_TEST_INNER_LIMIT?",
                "the environment variable STEPWISE_TEST_SOMETHING_ELSE is not used: there is no such key",
                "the environment variable STEPWISE_TEST_STEP is not used: there is no such key; did you mean STEPWISE_TEST_STEPS?",
            ])
    }

    @Test func aVariableMayHoldAListOrAMapping() throws {
        #expect(try load("", ["STEPWISE_TEST_STAGES": "[{rate: 1}, {limit: 2}]"]).value.stages.map(\.limit) == [3, 2])
        #expect(
            throws: ConfigurationError(
                source: "environment variable STEPWISE_TEST_STAGES",
                message: "unknown key 'rat' in 'stages[0]'; did you mean 'rate'?")
        ) { try load("", ["STEPWISE_TEST_STAGES": "[{rat: 1}]"]) }
        #expect(
            throws: ConfigurationError(
                source: "environment variable STEPWISE_TEST_STAGES",
                message: "'stages[0].rate' must be a number, and is 'x'")
        ) { try load("", ["STEPWISE_TEST_STAGES": "[{rate: x}]"]) }
    }
}
