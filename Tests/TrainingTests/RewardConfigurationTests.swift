import Foundation
import ServiceAPI
import Synchronization
import Testing
import Training
import Transport

@Suite struct RewardConfigurationTests {
    private func decode(_ reward: String) throws -> RewardConfiguration {
        try JSONDecoder().decode(RewardConfiguration.self, from: Data(reward.utf8))
    }

    private func refusal(_ reward: String) throws -> String? {
        let configuration = TrainerConfiguration(
            data: DataConfiguration(train: "x"), model: ModelSource(fresh: FreshModel()),
            reward: try decode(reward), phases: [PhaseConfiguration(method: .srl, steps: 1)])
        do throws(TrainingError) {
            try configuration.validate()
            return nil
        } catch { return error.description }
    }

    @Test func theShortForm() throws {
        let configuration = try decode(#"{"urls": ["http://a", "http://b"], "parameters": {"granularity": "word"}}"#)
        #expect(
            configuration.sources == [
                RewardSource(
                    name: "srl.similarity", weight: 1, urls: ["http://a", "http://b"], function: "srl.similarity",
                    parameters: ["granularity": "word"], place: "reward")
            ])
        #expect(configuration.fingerprintChange == .stop)
    }

    @Test func credentialsAreTakenFromAboveUnlessAServerHasItsOwn() throws {
        let configuration = try decode(
            #"""
            {"tokenFile": "all", "tls": {"caFile": "ca.pem"}, "servers": [
              {"urls": ["https://a"]}, {"urls": ["https://b"], "name": "form", "tokenFile": "its"}],
             "mirror": {"urls": ["https://c"], "server": "form", "tls": {"caFile": "other.pem"}}}
            """#)
        let all = ClientTLSFiles(caFile: "ca.pem")
        #expect(
            configuration.sources.map(\.credentials) == [
                ClientCredentials(tokenFile: "all", tls: all), ClientCredentials(tokenFile: "its", tls: all),
            ])
        let again = try JSONDecoder().decode(RewardConfiguration.self, from: JSONEncoder().encode(configuration))
        #expect(again == configuration)
    }

    @Test func serversTakeWhatTheyDoNotSayFromAbove() throws {
        let configuration = try decode(
            #"""
            {"parameters": {"granularity": "word"}, "servers": [
              {"urls": ["http://a"]}, {"urls": ["http://b"], "function": "format", "name": "form", "weight": 0.5}]}
            """#)
        #expect(configuration.sources.map(\.name) == ["srl.similarity", "form"])
        #expect(configuration.sources.map(\.weight) == [1, 0.5])
        #expect(configuration.sources.map(\.parameters) == [["granularity": "word"], [:]])
        // What `--print-config` shows means the same.
        let again = try JSONDecoder().decode(RewardConfiguration.self, from: JSONEncoder().encode(configuration))
        #expect(again == configuration)
    }

    @Test(
        arguments: [
            (#"{}"#, "'reward.urls' is empty: SRL"),
            (
                #"{"urls": ["http://a"], "servers": [{"urls": ["http://b"]}]}"#,
                "'reward.urls' and 'reward.servers' are both"
            ),
            (#"{"urls": ["http://a"], "function": ""}"#, "'reward.function' is empty"),
            (#"{"servers": [{"urls": ["http://a"], "name": ""}]}"#, "'reward.servers[0].name' is empty"),
            (
                #"{"servers": [{"urls": ["http://a"], "name": "x", "function": ""}]}"#,
                "'reward.servers[0].function' is empty"
            ),
            (#"{"servers": [{"urls": []}]}"#, "'reward.servers[0].urls' is empty"),
            (
                #"{"servers": [{"urls": ["http://a"]}, {"urls": ["http://b"]}]}"#,
                "'reward.servers[1].name' is 'srl.similarity', as another's"
            ),
            (#"{"servers": [{"urls": ["http://a"], "weight": 0}]}"#, "'reward.servers' have all the weight 0"),
            (#"{"servers": [{"urls": ["http://a"], "weight": 1e9}]}"#, "'reward.servers[0].weight' is 1000000000.0"),
            (#"{"urls": ["http://a"], "deadlineSeconds": 1e30}"#, "'reward.deadlineSeconds' is 1e+30, and must be"),
            (
                #"{"urls": ["http://a"], "mirror": {"urls": ["http://b"], "deadlineSeconds": 2e9}}"#,
                "'reward.mirror.deadlineSeconds' is 2000000000.0, and must be"
            ),
            (#"{"urls": ["http://a"], "mirror": {"urls": []}}"#, "'reward.mirror.urls' is empty"),
            (
                #"{"urls": ["http://a"], "mirror": {"urls": ["http://b"], "server": "x"}}"#,
                "'reward.mirror.server' is 'x', and the servers are srl.similarity"
            ),
            (
                #"{"servers": [{"urls": ["http://a"]}, {"urls": ["http://b"], "function": "format"}], "mirror": {"urls": ["http://c"]}}"#,
                "'reward.mirror.server' is missing: with several servers"
            ),
        ])
    func whatMakesNoSenseIsNamed(reward: String, message: String) throws {
        let refusal = try #require(try refusal(reward))
        #expect(refusal.hasPrefix(message), "\(refusal)")
    }

    @Test func theMirrorIsAskedWhatItsServerIsAskedUnlessItSaysMore() throws {
        let list = #""servers": [{"urls": ["http://a"]}, {"name": "x", "urls": ["http://b"], "parameters": {"p": 1}}]"#
        for (reward, function, parameters) in [
            (
                #"{"urls": ["http://a"], "function": "f", "parameters": {"q": 2}, "mirror": {"urls": ["http://c"]}}"#,
                "f",
                ["q": 2]
            ),
            (#"{\#(list), "mirror": {"urls": ["http://c"], "server": "x"}}"#, "srl.similarity", ["p": 1]),
            (
                #"{\#(list), "mirror": {"urls": ["http://c"], "server": "x", "parameters": {"p": 3}}}"#,
                "srl.similarity",
                ["p": 3]
            ),
            // Parameters belong to a function.
            (#"{\#(list), "mirror": {"urls": ["http://c"], "server": "x", "function": "format"}}"#, "format", [:]),
        ] as [(String, String, [String: JSONValue])] {
            #expect(try refusal(reward) == nil)
            let asked = try mirrored(reward)
            #expect(asked.urls == ["http://c"] && asked.function == function && asked.parameters == parameters)
        }
    }

    /// What the mirror of a list is asked for.
    private func mirrored(_ reward: String) throws -> RewardSource {
        let asked = Mutex<[RewardSource]>([])
        _ = try RewardList(
            try decode(reward),
            connector: RewardConnector { source, _ in
                asked.withLock { $0.append(source) }
                return InProcessRewardClient()
            }, logger: .silent)
        return try #require(asked.withLock { $0.first { $0.place == "reward.mirror" } })
    }
}
