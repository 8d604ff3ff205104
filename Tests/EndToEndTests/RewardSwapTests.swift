import Foundation
import ServiceAPI
import Testing
import Transport
import Zstandard

/// Reward servers come, go and are exchanged while training runs; the run ends in the same bytes as one that nobody disturbed.
@Suite struct RewardSwapTests {
    private func training() throws -> (SmallTraining, RunningService) {
        var training = try SmallTraining()
        training.policySteps = 40
        let service = try RunningService(.reward)
        training.rewardURL = service.url
        try #require(try training.train("undisturbed").status == 0)
        return (training, service)
    }

    /// The second one is stopped first, so that a request to it is certain to be under way when it is killed.
    @Test func oneOfTwoReplicasIsKilledInTheMiddleOfABatch() throws {
        var (training, first) = try training()
        let second = try RunningService(.reward)
        training.reward = #"urls: ["\#(first.url)", "\#(second.url)"]"#
        let trainer = try training.start("disturbed")
        defer { if trainer.isRunning { kill(trainer.processIdentifier, SIGKILL) } }
        try #require(eventually { training.loggedSteps("disturbed") >= 25 || !trainer.isRunning })
        kill(second.process.processIdentifier, SIGSTOP)
        let stuck = try #require(training.stuckStep("disturbed"))
        #expect(stuck < training.steps && trainer.isRunning)
        second.kill9()
        try #require(trainer.ends(within: 60), "the run did not go on")
        #expect(trainer.terminationStatus == 0, "\(training.said("disturbed"))")
        try training.expectEqual("disturbed", "undisturbed")
        try training.expectScoresBelong("disturbed")
        #expect(try first.stop() == 0)
    }

    /// A run whose tenth batch waits at a door, so that what happens meanwhile happens between two steps.
    private func held(
        _ training: SmallTraining, _ service: RunningService,
        _ meanwhile: (inout SmallTraining, RewardProxy, Process, Door) async throws -> Void
    ) async throws -> SmallTraining {
        let door = Door()
        var training = training
        try await RewardProxy.with(service) { call, answer in
            if call == 10 { door.close() }
            try await door.pass()
            return try .json(answer)
        } _: { proxy in
            training.reward = #"urls: ["\#(proxy.url)"]"#
            let trainer = try training.start("disturbed")
            defer { if trainer.isRunning { kill(trainer.processIdentifier, SIGKILL) } }
            try #require(try await soon { door.waiting > 0 || !trainer.isRunning })
            try #require(trainer.isRunning, "\(training.said("disturbed"))")
            try await meanwhile(&training, proxy, trainer, door)
            door.open()
            try #require(try await soon { !trainer.isRunning }, "the run did not go on")
            #expect(trainer.terminationStatus == 0, "\(training.said("disturbed"))")
        }
        return training
    }

    private func says(_ training: SmallTraining, _ text: String) async throws {
        let isThere = try await soon(within: 20) { try training.log(of: "disturbed").contains(text) }
        #expect(isThere, "'\(text)' is not in\n\(training.said("disturbed"))")
    }

    @Test func aReplicaIsAddedByAReloadAndTheOldOneGoes() async throws {
        let (quiet, service) = try training()
        let second = try RunningService(.reward)
        let training = try await held(quiet, service) { training, proxy, trainer, door in
            training.reward = #"urls: ["\#(proxy.url)", "\#(second.url)"]"#
            try training.writeConfiguration()
            kill(trainer.processIdentifier, SIGHUP)
            try await says(training, "the new rewards answer, and are used from the next step on")
            let steps = training.loggedSteps("disturbed")
            door.open()
            // What was under way belongs to the old list.
            try await says(training, "the rewards have been reloaded")
            try #require(try await soon { training.loggedSteps("disturbed") > steps + 1 || !trainer.isRunning })
            await proxy.shutdown()
        }
        try training.expectEqual("disturbed", "undisturbed", without: ["rewardChanges"])
        try training.expectScoresBelong("disturbed")
        let changes = try training.rewardChanges("disturbed")
        #expect(changes.count == 1)
        #expect(changes.first?["before"] == changes.first?["after"] && changes.first?["before"] != nil)
        #expect(changes.first?["changed"] == ["reward.urls"])
        // A resume would go on with the new list.
        let kept = try String(contentsOfFile: training.path(of: "disturbed/config.yaml"), encoding: .utf8)
        #expect(kept.contains(second.url))
        #expect(try second.stop() == 0)
    }

    /// One behind the same URL may have been exchanged, with the same fingerprint.
    @Test func aHangupAsksTheSameServersAgain() async throws {
        let (quiet, service) = try training()
        let training = try await held(quiet, service) { training, _, trainer, _ in
            kill(trainer.processIdentifier, SIGHUP)
            try await says(training, "the new rewards answer, and are used from the next step on")
        }
        try training.expectEqual("disturbed", "undisturbed", without: ["rewardChanges"])
        let changes = try training.rewardChanges("disturbed")
        #expect(changes.map { $0["reason"] } == ["signal"] && changes.map { $0["changed"] } == [[]])
    }

    @Test func aFileThatIsWrittenAfterAHangupDoesNotTakeItBack() async throws {
        let (quiet, service) = try training()
        let training = try await held(quiet, service) { training, _, trainer, _ in
            kill(trainer.processIdentifier, SIGHUP)
            try await says(training, "the new rewards answer, and are used from the next step on")
            // What is said of it shows that the file has been read.
            training.rolloutLogInterval = 5
            try training.writeConfiguration()
            try await says(training, "notApplied=rolloutLogInterval")
        }
        let changes = try training.rewardChanges("disturbed")
        #expect(changes.map { $0["reason"] } == ["signal"] && changes.map { $0["changed"] } == [[]])
    }

    @Test func anotherFunctionIsTakenUpBetweenTwoSteps() async throws {
        let (quiet, service) = try training()
        let training = try await held(quiet, service) { training, _, _, door in
            training.reward = #"""
                servers: [{urls: ["\#(service.url)"], weight: 0.5},
                  {name: words, urls: ["\#(service.url)"], parameters: {granularity: word}}]
                """#
            // Everything but the rewards stays as it is.
            training.rolloutLogInterval = 5
            try training.writeConfiguration()
            try await says(
                training, "only 'reward' can change while a run goes on; what else has changed is not applied")
            try await says(training, "notApplied=rolloutLogInterval")
            try await says(training, "the new rewards answer, and are used from the next step on")
        }
        let changes = try training.rewardChanges("disturbed")
        #expect(changes.count == 1 && changes.first?["reason"] == "file")
        guard case .number(let step) = changes.first?["step"] else {
            Issue.record("\(changes)")
            return
        }
        for line in try training.metrics("disturbed") {
            guard case .number(let number) = line["step"], number > 20 else { continue }
            let isNew = number >= step
            #expect((line["rewardParts"] != nil) == isNew)
            #expect((line["rewardFingerprint"] == changes.first?["after"]) == isNew)
        }
        #expect(
            !training.exists("disturbed/rollouts/step-35.jsonl.zst")
                && training.exists("disturbed/rollouts/step-40.jsonl.zst"))
    }

    @Test func aListThatCannotBeUsedLeavesTheOldOne() async throws {
        let (quiet, service) = try training()
        let training = try await held(quiet, service) { training, _, _, _ in
            for (reward, message) in [
                ("urls: [", "not valid YAML"), ("urls: []", "'reward.urls' is empty"),
                (#"urls: ["ftp://a"]"#, "'reward.urls': the scheme is 'ftp'"),
                (#"urls: ["\#(service.url)"], function: nothing"#, "'reward.function': the service has no 'nothing'"),
                (
                    #"urls: ["\#(service.url)"], parameters: {granularity: letter}"#,
                    "'reward.parameters': POST \(service.url)/v1/score was refused: 422"
                ),
                (
                    #"urls: ["\#(service.url)/elsewhere"]"#,
                    "the reward service does not answer: GET \(service.url)/elsewhere"
                ),
            ] {
                training.reward = reward
                try training.writeConfiguration()
                try await says(training, message)
            }
        }
        let messages = try training.log(of: "disturbed").split(separator: "\n").filter {
            $0.contains("the rewards stay as they are: the new list cannot be used")
        }
        #expect(messages.count == 6)
        try training.expectEqual("disturbed", "undisturbed")
    }

    // MARK: Without a reload

    @Test func anotherFingerprintStopsTheRunUnlessItIsToldToGoOn() async throws {
        var (training, service) = try training()
        try await RewardProxy.with(service) { call, answer in
            var answer = answer
            if call > 10 { answer.fingerprint = "swapped@2" }
            return try .json(answer)
        } _: { proxy in
            training.reward = #"urls: ["\#(proxy.url)"]"#
            let trainer = try training.start("run")
            try #require(try await soon { !trainer.isRunning })
            #expect(trainer.terminationStatus == 69)
            let log = try training.log(of: "run")
            #expect(log.components(separatedBy: "error: ").count == 2, "\(log)")
            #expect(log.contains("nobody has changed the list (\(proxy.url) answers so)"), "\(log)")
            let steps = training.loggedSteps("run")
            #expect(steps > 20 && steps < training.steps && training.exists("run/checkpoints/step-\(steps)"))

            let kept = training.path(of: "run/config.yaml")
            let text = try String(contentsOfFile: kept, encoding: .utf8)
            #expect(text.contains("fingerprintChange: stop"))
            try text.replacing("fingerprintChange: stop", with: "fingerprintChange: continue")
                .write(toFile: kept, atomically: true, encoding: .utf8)
            let resumed = try training.startResume("run")
            try #require(try await soon { !resumed.isRunning })
            #expect(resumed.terminationStatus == 0)
            let changes = try training.rewardChanges("run")
            #expect(changes.map { $0["reason"] } == ["unannounced"])
            #expect(changes.first?["after"] == "swapped@2" && changes.first?["step"] == .number(Double(steps + 1)))
        }
        let ignored: Set = ["rewardChanges", "rewardFingerprint"]
        #expect(try training.metrics("run", without: ignored) == training.metrics("undisturbed", without: ignored))
        #expect(
            try training.lastCheckpoint("run")["model.safetensors"]
                == training.lastCheckpoint("undisturbed")["model.safetensors"])
    }

    // MARK: Mirror

    @Test func aMirrorIsComparedAndChangesNothing() async throws {
        var (training, service) = try training()
        training.reward = #"""
            urls: ["\#(service.url)"], mirror: {urls: ["\#(service.url)"], parameters: {granularity: word}}
            """#
        let outcome = try training.train("mirrored")
        #expect(outcome.status == 0)
        #expect(outcome.error.contains("Mirror srl.similarity@1+"), "\(outcome.error)")
        #expect(outcome.error.contains("of pairs in groups are ordered alike; 0 items it could not score"))
        try training.expectEqual("mirrored", "undisturbed", without: ["mirror"])
        #expect(try training.metrics("mirrored").contains { $0["mirror"] != nil })

        // Nobody listens there.
        training.reward = #"urls: ["\#(service.url)"], mirror: {urls: ["http://127.0.0.1:9"], deadlineSeconds: 1}"#
        let failing = try training.train("failing")
        #expect(failing.status == 0)
        #expect(
            failing.error.components(separatedBy: "the mirror has no scores; training goes on without it").count == 2)
        try training.expectEqual("failing", "undisturbed", without: ["mirror"])
    }
}

extension SmallTraining {
    /// What the metrics of a run say of changes of its rewards.
    func rewardChanges(_ run: String) throws -> [[String: JSONValue]] {
        try metrics(run).flatMap { line -> [[String: JSONValue]] in
            guard case .array(let changes) = line["rewardChanges"] else { return [] }
            return changes.compactMap { if case .object(let members) = $0 { members } else { nil } }
        }
    }

    /// Scores all rollouts that a run has kept again, each alone, and holds the run's scores to it: every score belongs to its action.
    func expectScoresBelong(_ run: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        struct Row: Decodable {
            let expert: String
            let text: String
            let score: ItemScore
        }
        let folder = path(of: run + "/rollouts")
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let reader = try LineReader(path: "\(folder)/\(name)")
            var rows: [Row] = []
            while let line = try reader.next() {
                rows.append(try ServiceJSON.decode(Row.self, from: Array(line.text.utf8)))
            }
            let groups = try rows.enumerated().map { index, row in
                String(
                    decoding: try ServiceJSON.encode(
                        ScoreGroup(id: "\(index)", expert: row.expert, completions: [row.text])), as: UTF8.self)
            }
            let outcome = try Executable.reward.run(
                ["score", "-"], input: Data(groups.joined(separator: "\n").utf8), timeout: 60)
            let again = try outcome.output.split(separator: "\n").map {
                try ServiceJSON.decode(ScoredGroup.self, from: Array($0.utf8)).scores[0]
            }
            #expect(again == rows.map(\.score), "\(name)", sourceLocation: sourceLocation)
            count += rows.count
        }
        #expect(count > 0, "no rollouts are kept", sourceLocation: sourceLocation)
    }
}
