import ServiceAPI
import Synchronization
import Testing
import Training

/// Answers with rewards that a test chooses.
struct ChosenRewards: RewardClient {
    var fingerprint = "chosen"
    var server: String?
    let score: @Sendable (_ completion: String) -> ItemScore

    func score(_ request: ScoreRequest) async throws -> RewardAnswer {
        RewardAnswer(
            ScoreResponse(
                fingerprint: fingerprint,
                groups: request.groups.map { group in
                    ScoredGroup(id: group.id, scores: (group.completions ?? []).map(score))
                }), server: server)
    }
}

/// A client that fails, or never answers.
struct FailingRewards: RewardClient {
    struct Failure: Error, CustomStringConvertible { let description: String }
    var failure: String?

    func score(_ request: ScoreRequest) async throws -> RewardAnswer {
        if let failure { throw Failure(description: failure) }
        try await Task.sleep(for: .seconds(3600))
        throw Failure(description: "it has waited for an hour")
    }
}

@Suite struct RewardListTests {
    private let two = RewardConfiguration(
        servers: [
            RewardServer(weight: 0.5, urls: ["http://a"]),
            RewardServer(name: "length", weight: -2, urls: ["http://b"], function: "format"),
        ])

    private func list(_ configuration: RewardConfiguration, _ clients: [String: any RewardClient]) throws -> RewardList
    {
        try RewardList(
            configuration,
            connector: RewardConnector { source, _ in clients[source.urls[0]] ?? FailingRewards(failure: "down") },
            logger: .silent)
    }

    private func scores(_ list: RewardList, _ completions: [String]) async throws -> [ItemScore] {
        try await list.score([("expert", completions)], batch: "b").items[0]
    }

    @Test func theShortFormIsOneRewardAsItIs() async throws {
        let kept = ItemScore.scored(reward: 0.1, components: ["similarity": 0.1], details: ["why": "so"])
        let list = try list(
            RewardConfiguration(urls: ["http://a"]), ["http://a": ChosenRewards(fingerprint: "f") { _ in kept }])
        #expect(try await scores(list, ["x"]) == [kept])
        #expect(list.fingerprint(["f"]) == "f")
    }

    @Test func severalRewardsAreAddedUpByWeight() async throws {
        let list = try list(
            two,
            [
                "http://a": ChosenRewards { .scored(reward: Double($0.count), components: ["part": 1]) },
                "http://b": ChosenRewards {
                    .scored(reward: $0 == "abc" ? 1 : 0.25, components: [:], details: ["n": 1])
                },
            ])
        let scores = try await scores(list, ["abc", "z"])
        #expect(
            scores[0]
                == .scored(
                    reward: 0.5 * 3 - 2, components: ["srl.similarity": 3, "srl.similarity.part": 1, "length": 1],
                    details: ["length": ["n": 1]]))
        #expect(scores[1].reward == 0)
        #expect(list.fingerprint(["f", "g"]) == "0.5*f + -2*g")
    }

    @Test func anErrorOfOneIsNoRewardAndAViolationOfOneIsAViolation() async throws {
        let list = try list(
            two,
            [
                "http://a": ChosenRewards { _ in .formatViolation(reward: -1, reason: "unclosed") },
                "http://b": ChosenRewards {
                    $0 == "bad"
                        ? .error(ItemError(code: "timeout", message: "late")) : .scored(reward: 1, components: [:])
                },
            ])
        let scores = try await scores(list, ["good", "bad"])
        #expect(scores[0] == .formatViolation(reward: -2.5, reason: "unclosed"))
        #expect(scores[1] == .error(ItemError(code: "timeout", message: "length: late")))
    }

    @Test func whatIsOnlyMeasuredChangesNoReward() async throws {
        var configuration = two
        configuration.servers[1].weight = 0
        let list = try list(
            configuration,
            [
                "http://a": ChosenRewards { _ in .scored(reward: 3, components: [:]) },
                "http://b": ChosenRewards {
                    switch $0 {
                    case "error": .error(ItemError(code: "timeout", message: "late"))
                    case "violation": .formatViolation(reward: -1, reason: "unclosed")
                    default: .scored(reward: 7, components: [:])
                    }
                },
            ])
        let alone = ItemScore.scored(reward: 1.5, components: ["srl.similarity": 3])
        #expect(
            try await scores(list, ["good", "error", "violation"]) == [
                .scored(reward: 1.5, components: ["srl.similarity": 3, "length": 7]), alone, alone,
            ])
    }

    @Test func aSumThatIsNotANumberIsAnError() async throws {
        let huge = ChosenRewards { _ in .scored(reward: 1e308, components: [:]) }
        let list = try list(
            two, ["http://a": huge, "http://b": ChosenRewards { _ in .scored(reward: -1e308, components: [:]) }])
        guard case .error(let error) = try await scores(list, ["x"])[0] else {
            Issue.record("a reward")
            return
        }
        #expect(error.code == "notFinite")
    }

    @Test func aServerThatGivesNothingIsNamed() async throws {
        let list = try list(two, ["http://a": ChosenRewards { _ in .scored(reward: 1, components: [:]) }])
        await #expect { try await scores(list, ["x"]) } throws: {
            "\($0)" == "the reward 'length' could not be had: down"
        }
    }

    @Test func anAnswerToAnotherBatchIsRefused() async throws {
        let list = try list(RewardConfiguration(urls: ["http://a"]), ["http://a": Echo { "other" + $0.dropFirst() }])
        await #expect { try await scores(list, ["x"]) } throws: {
            "\($0)" == "the reward server http://echo answered with the group 'other/0' where 'b/0' was asked for"
        }
    }

    /// Answers with other ids.
    private struct Echo: RewardClient {
        let rename: @Sendable (String) -> String

        func score(_ request: ScoreRequest) async throws -> RewardAnswer {
            var response = try await ChosenRewards { _ in .scored(reward: 1, components: [:]) }.score(request).response
            for index in response.groups.indices { response.groups[index].id = rename(response.groups[index].id) }
            return RewardAnswer(response, server: "http://echo")
        }
    }

    /// Says when it has been let go of.
    private struct Closing: RewardClient {
        let closed: AsyncStream<Void>.Continuation

        func score(_ request: ScoreRequest) async throws -> RewardAnswer { throw CancellationError() }
        func shutdown() async { closed.finish() }
    }

    @Test func aListThatIsNoneKeepsNoConnections() async throws {
        let (ends, closed) = AsyncStream.makeStream(of: Void.self)
        let connector = RewardConnector { source, _ in
            guard source.urls == ["http://a"] else { throw TrainingError(.configuration, "no URL") }
            return Closing(closed: closed)
        }
        #expect(throws: TrainingError.self) { try RewardList(two, connector: connector, logger: .silent) }
        for await _ in ends {}
    }

    // MARK: Asking before anything depends on it

    @Test func replicasThatAreNotTheSameAreRefused() async throws {
        let list = try list(
            RewardConfiguration(urls: ["http://a", "http://b"]),
            [
                "http://a": ChosenRewards(fingerprint: "f") { _ in .scored(reward: 1, components: [:]) },
                "http://b": ChosenRewards(fingerprint: "g") { _ in .scored(reward: 1, components: [:]) },
            ])
        await #expect { try await list.check() } throws: {
            "\($0)".hasPrefix("'reward.urls': http://a has the fingerprint f and http://b has g;")
        }
    }

    @Test func oneReplicaThatAnswersIsEnoughAndNoneIsNot() async throws {
        let up = ChosenRewards(fingerprint: "f") { _ in .scored(reward: 1, components: [:]) }
        let configuration = RewardConfiguration(urls: ["http://down", "http://a"])
        #expect(try await list(configuration, ["http://a": up]).check() == ["f"])
        let nobody = try list(configuration, [:])
        await #expect { try await nobody.check() } throws: { "\($0)" == "down" }
    }
}
