import Foundation
import ServiceAPI
import Testing
import Training

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
        #expect(try refusal(#"{"urls": ["http://a"], "mirror": {"urls": ["http://b"]}}"#) == nil)
        #expect(
            try refusal(
                #"{"servers": [{"urls": ["http://a"]}, {"name": "x", "urls": ["http://b"]}], "mirror": {"urls": ["http://c"], "server": "x"}}"#
            ) == nil)
    }
}
