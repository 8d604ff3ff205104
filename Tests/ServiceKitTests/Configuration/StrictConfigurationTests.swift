import ServiceAPI
import ServiceKit
import TestSupport
import Testing

/// What the services' own configurations look like: defaults, nesting, an enumeration, a list, a dictionary.
private struct Sample: Codable, Equatable {
    var name = "run"
    var steps = 10
    var seed: UInt64?
    var verbose = false
    var optimizer = Optimizer()
    var stages: [Stage] = []
    var labels: [String: String] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? name
        steps = try container.decodeIfPresent(Int.self, forKey: .steps) ?? steps
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
        verbose = try container.decodeIfPresent(Bool.self, forKey: .verbose) ?? verbose
        optimizer = try container.decodeIfPresent(Optimizer.self, forKey: .optimizer) ?? optimizer
        stages = try container.decodeIfPresent([Stage].self, forKey: .stages) ?? stages
        labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? labels
    }
}

private struct Optimizer: Codable, Equatable {
    var learningRate: Float = 0.001
    var decay: Decay = .constant

    enum Decay: String, Codable, CaseIterable { case constant, linear, cosine }

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        learningRate = try container.decodeIfPresent(Float.self, forKey: .learningRate) ?? learningRate
        decay = try container.decodeIfPresent(Decay.self, forKey: .decay) ?? decay
    }
}

/// Synthesised: every key is required.
private struct Stage: Codable, Equatable {
    var method: String
    var weight: Double
}

@Suite struct StrictConfigurationTests {
    private func decode(_ yaml: String, environment: [String: String] = [:]) throws -> Sample {
        try StrictConfiguration.decode(
            yaml, as: Sample.self, source: "x.yaml",
            environment: EnvironmentOverrides(prefix: "STEPWISE_TEST", environment: environment))
    }

    private func message(_ yaml: String, environment: [String: String] = [:]) -> String {
        do {
            let value = try decode(yaml, environment: environment)
            return "no error: \(value)"
        } catch {
            return "\(error)"
        }
    }

    @Test func readsEveryKindOfValue() throws {
        let sample = try decode(
            """
            name: "a: b"   # a comment
            steps: 1_000
            seed: 18446744073709551615
            verbose: true
            optimizer: {learningRate: 1e-4, decay: cosine}
            stages:
              - method: sft
                weight: 0.5
              - {method: srl, weight: 2}
            labels:
              any-key: goes
            """)
        #expect(sample.name == "a: b")
        #expect(sample.steps == 1000)
        #expect(sample.seed == .max)
        #expect(sample.verbose)
        #expect(sample.optimizer.learningRate == 1e-4)
        #expect(sample.optimizer.decay == .cosine)
        #expect(sample.stages == [Stage(method: "sft", weight: 0.5), Stage(method: "srl", weight: 2)])
        #expect(sample.labels == ["any-key": "goes"])
    }

    @Test(arguments: ["", "# only a comment\n", "optimizer:\nseed: null\n"])
    func whatIsLeftOutTakesItsDefault(yaml: String) throws {
        #expect(try decode(yaml) == Sample())
    }

    @Test(arguments: [
        (
            "steps: 1\noptimizer:\n  learning_rat: 1",
            "x.yaml:3: unknown key 'learning_rat' in 'optimizer'; did you mean 'learningRate'?"
        ),
        ("stpes: 1", "x.yaml:1: unknown key 'stpes'; did you mean 'steps'?"),
        (
            "\nquite-another: 1",
            "x.yaml:2: unknown key 'quite-another'; known are labels, name, optimizer, seed, stages, steps, verbose"
        ),
        (
            "stages:\n  - method: a\n    weight: 1\n  - method: b\n    weight: 1\n    wieght: 2",
            "x.yaml:6: unknown key 'wieght' in 'stages[1]'; did you mean 'weight'?"
        ),
        ("steps: many", "x.yaml:1: 'steps' must be a whole number, and is 'many'"),
        ("steps: 1.5", "x.yaml:1: 'steps' must be a whole number, and is '1.5'"),
        ("steps: \"8\"", "x.yaml:1: 'steps' must be a whole number, and is '8' in quotes, which is text"),
        ("seed: -1", "x.yaml:1: 'seed' must be a whole number from 0 to 18446744073709551615, and is '-1'"),
        ("verbose: yes", "x.yaml:1: 'verbose' must be true or false, and is 'yes'"),
        ("optimizer:\n  learningRate: .nan", "x.yaml:2: 'optimizer.learningRate' must be a number, and is '.nan'"),
        ("optimizer:\n  learningRate: inf", "x.yaml:2: 'optimizer.learningRate' must be a number, and is 'inf'"),
        (
            "optimizer:\n\n  decay: cosin",
            "x.yaml:3: 'cosin' is not one of the values of 'optimizer.decay'; did you mean 'cosine'?"
        ),
        ("optimizer: fast", "x.yaml:1: 'optimizer' must be a mapping (key: value), and is 'fast'"),
        ("stages: 3", "x.yaml:1: 'stages' must be a list, and is '3'"),
        ("stages:\n  - method: a", "x.yaml:2: the key 'weight' is missing in 'stages[0]'"),
        ("name: [1]", "x.yaml:1: 'name' must be text, and is a list"),
        ("- 1", "x.yaml:1: the configuration must be a mapping (key: value), and is a list"),
        ("steps: 1\nname: a\nsteps: 2", "x.yaml:3: the key 'steps' is there twice (first in line 1)"),
        ("optimizer:\n  decay: linear\n  decay: cosine", "x.yaml:3: the key 'decay' is there twice (first in line 2)"),
    ])
    func saysWhatIsWrongAndWhere(yaml: String, expected: String) {
        #expect(message(yaml) == expected)
    }

    @Test func saysWhereYAMLBreaks() {
        let text = message("steps: 1\nname: [a, b\nseed: 2")
        #expect(text.hasPrefix("x.yaml:3: not valid YAML: "))
    }

    /// As the parameters of reward functions are.
    @Test func valuesThatAreNotKnownHereAreTakenAsTheyCome() throws {
        struct Open: Decodable { let parameters: [String: JSONValue] }
        let open = try StrictConfiguration.decode(
            """
            parameters:
              granularity: word
              autojunk: true
              weight: -1.5e-1
              quoted: "7"
              version: 1.2.3
              functions: [{function: format, parameters: {maximumLength: 100}}, ~]
            """, as: Open.self, source: "x.yaml")
        #expect(
            open.parameters == [
                "granularity": "word", "autojunk": true, "weight": -0.15, "quoted": "7", "version": "1.2.3",
                "functions": [["function": "format", "parameters": ["maximumLength": 100]], nil],
            ])
    }

    @Test func namesAMissingFile() throws {
        #expect(throws: ConfigurationError(source: "/no/such.yaml", message: "cannot be read: no such file")) {
            try StrictConfiguration.load("/no/such.yaml", as: Sample.self)
        }
    }

    @Test func namesTheFileAsItWasGiven() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("steps: a", to: "x.yaml")
        #expect(
            throws: ConfigurationError(source: path, line: 1, message: "'steps' must be a whole number, and is 'a'")
        ) {
            try StrictConfiguration.load(path, as: Sample.self)
        }
    }

    @Test func environmentGoesBeforeTheFile() throws {
        let sample = try decode(
            "steps: 1\noptimizer:\n  decay: linear",
            environment: [
                "STEPWISE_TEST_STEPS": "7", "STEPWISE_TEST_OPTIMIZER_LEARNING_RATE": "0.5", "STEPWISE_OTHER_NAME": "no",
            ])
        #expect(sample.steps == 7)
        #expect(sample.optimizer.learningRate == 0.5)
        #expect(sample.optimizer.decay == .linear)
        #expect(sample.name == "run")
    }

    @Test func environmentReachesASectionThatTheFileLacks() throws {
        #expect(try decode("", environment: ["STEPWISE_TEST_OPTIMIZER_DECAY": "cosine"]).optimizer.decay == .cosine)
    }

    @Test func aWrongVariableIsNamed() {
        #expect(
            message("steps: 1", environment: ["STEPWISE_TEST_STEPS": "x"])
                == "environment variable STEPWISE_TEST_STEPS: 'steps' must be a whole number, and is 'x'")
    }

    /// Kubernetes sets NAME_PORT=tcp://.. for a service of that name.
    @Test func serviceLinksOfKubernetesAreNotOverrides() throws {
        #expect(try decode("", environment: ["STEPWISE_TEST_STEPS": "tcp://10.0.0.1:80"]).steps == 10)
    }

    @Test func printedConfigurationReadsBackTheSame() throws {
        var sample = Sample()
        sample.name = "yes: # [odd]"
        sample.seed = 3
        sample.optimizer.decay = .linear
        sample.stages = [Stage(method: "true", weight: 1e-9)]
        let text = try StrictConfiguration.yaml(of: sample)
        #expect(try decode(text) == sample)
    }

    @Test func printedNumbersAreAsShortAsAPersonWritesThem() throws {
        struct Numbers: Encodable {
            var rate: Float = 0.002
            var threshold = 0.1
            var zero = 0.0
            var seconds = 600.0
            var tiny = 1e-9
            var seed = UInt64.max
            var name = "2.50"
            var list: [Float] = [0.28, 1]
        }
        let text = try StrictConfiguration.yaml(of: Numbers())
        #expect(
            text == """
                rate: 0.002
                threshold: 0.1
                zero: 0
                seconds: 600
                tiny: 1e-09
                seed: 18446744073709551615
                name: '2.50'
                list:
                - 0.28
                - 1

                """)
    }

    /// Where a key takes any value, as a reward function's parameters do, it is read as YAML 1.2 reads it.
    @Test func anyValueIsReadAsWhatItLooksLike() throws {
        let yaml = """
            a: 1
            b: -2.5e-1
            c: true
            d: ~
            e: "1"
            f: yes
            g: [1, {h: 'true'}, []]
            i: {}
            j: "null"
            """
        let values = try StrictConfiguration.decode(yaml, as: [String: JSONValue].self, source: "x.yaml")
        #expect(
            values == [
                "a": 1, "b": -0.25, "c": true, "d": nil, "e": "1", "f": "yes", "g": [1, ["h": "true"], []], "i": [:],
                "j": "null",
            ])
    }
}
