import Foundation
import ServiceAPI
import TestSupport
import Testing

/// Training outlives what happens to its surroundings, and to itself, and ends as if nothing had happened.
@Suite struct TrainingSurvivesTests {
    /// The service is stopped first, so that the request of a step is certain to be under way when it is killed.
    @Test func aRewardServiceThatIsKilledInTheMiddleOfAStep() throws {
        var training = try SmallTraining()
        training.policySteps = 60
        var service = try RunningService(.reward)
        training.rewardURL = service.url
        try #require(try training.train("undisturbed").status == 0)

        let trainer = try training.start("disturbed")
        defer { if trainer.isRunning { kill(trainer.processIdentifier, SIGKILL) } }
        for step in [25, 50] {
            try #require(eventually { training.loggedSteps("disturbed") >= step || !trainer.isRunning })
            kill(service.process.processIdentifier, SIGSTOP)
            let stuck = try #require(training.stuckStep("disturbed"))
            #expect(stuck < training.steps && trainer.isRunning)
            service.kill9()
            service = try RunningService(.reward, port: service.port)
        }
        try #require(trainer.ends(within: 60), "the run did not go on")
        let log = try training.log(of: "disturbed")
        #expect(trainer.terminationStatus == 0, "\(log)")
        try training.expectEqual("disturbed", "undisturbed")
        #expect(try service.stop() == 0)
    }

    struct Ending: CustomTestStringConvertible, Sendable {
        let signal: Int32
        let status: Int32
        let step: Int
        var testDescription: String { "signal \(signal) after step \(step)" }
    }

    @Test(
        arguments: [
            Ending(signal: SIGINT, status: 130, step: 3), Ending(signal: SIGINT, status: 130, step: 26),
            Ending(signal: SIGTERM, status: 143, step: 30), Ending(signal: SIGKILL, status: SIGKILL, step: 33),
        ])
    func itsOwnInterruption(_ ending: Ending) throws {
        var training = try SmallTraining()
        training.policySteps = 40
        let service = try RunningService(.reward)
        training.rewardURL = service.url
        try #require(try training.train("undisturbed").status == 0)

        let trainer = try training.start("run")
        defer { if trainer.isRunning { kill(trainer.processIdentifier, SIGKILL) } }
        try #require(eventually { training.loggedSteps("run") >= ending.step || !trainer.isRunning })
        kill(trainer.processIdentifier, ending.signal)
        try #require(trainer.ends(within: 30), "it did not end")
        #expect(trainer.terminationStatus == ending.status)
        #expect(training.loggedSteps("run") < training.steps)
        if ending.signal != SIGKILL {
            let log = try training.log(of: "run")
            #expect(log.contains("Continue with: stepwise-trainer train --resume run\n"), "\(log)")
            // What was logged is in the checkpoint too.
            #expect(training.exists("run/checkpoints/step-\(training.loggedSteps("run"))"))
        }
        #expect(try training.resume("run").status == 0)
        try training.expectEqual("run", "undisturbed")
    }

    /// Wherever it is: while it loads, trains, waits, writes. Each life ends after a random time.
    @Test func twentyKills() throws {
        var training = try SmallTraining()
        training.policySteps = 130
        training.checkpoints = "interval: 3, keepLast: 2, keepBest: 2"
        training.extraLines = "evaluation: {interval: 10, instances: 5}"
        try training.holdOut()
        let service = try RunningService(.reward)
        training.rewardURL = service.url
        let start = Date()
        try #require(try training.train("undisturbed").status == 0)
        let whole = Date().timeIntervalSince(start)

        var random = SeededGenerator(seed: 20)
        var kills = 0
        while kills < 20 {
            let trainer = try kills == 0 ? training.start("run") : training.startResume("run")
            // The first needs a run to resume from.
            if kills == 0 { try #require(eventually { training.exists("run/metrics.jsonl") }) }
            // As many of them have not finished it together.
            usleep(UInt32(Double.random(in: 0...whole / 10, using: &random) * 1e6))
            try #require(trainer.isRunning, "it ended after \(kills) kills: \(training.said("run-resumed"))")
            kill(trainer.processIdentifier, SIGKILL)
            trainer.waitUntilExit()
            kills += 1
        }
        #expect(training.loggedSteps("run") > 20, "the kills left no progress")
        let last = try training.resume("run")
        #expect(last.status == 0, "\(last.error)")
        try training.expectEqual("run", "undisturbed")
        // Nothing half written is left behind, and the same checkpoints are kept.
        #expect(try training.files("run") == training.files("undisturbed"))
    }

    /// Before the first step there is no checkpoint, but there may be a line of metrics.
    @Test func anInterruptionBeforeTheFirstStep() throws {
        var training = try SmallTraining()
        let service = try RunningService(.reward)
        training.rewardURL = service.url
        training.extraLines = "evaluation: {interval: 10, instances: 5}"
        try training.holdOut()
        try #require(try training.train("run").status == 0)
        let expected = try training.metrics("run")
        #expect(expected.first?["step"] == .number(0))

        // As after kill -9 in the first step.
        let files = FileManager.default
        for name in try files.contentsOfDirectory(atPath: training.path(of: "run/checkpoints")) {
            try files.removeItem(atPath: training.path(of: "run/checkpoints/\(name)"))
        }
        let metrics = try String(contentsOfFile: training.path(of: "run/metrics.jsonl"), encoding: .utf8)
        _ = try training.folder.write(metrics.prefix { $0 != "\n" }.appending("\n"), to: "run/metrics.jsonl")
        #expect(try training.resume("run").status == 0)
        #expect(try training.metrics("run") == expected)
    }
}
