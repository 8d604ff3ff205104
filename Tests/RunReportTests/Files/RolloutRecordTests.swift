import RunReport
import TestSupport
import Testing
import Trajectory

@Suite struct RolloutRecordTests {
    @Test func rowsOfAllKindsAreRead() throws {
        let run = try WrittenRun()
        let old = WrittenRun.rollout("<think>carry</think>4", expert: "40", reward: 0.5)
        let new = WrittenRun.rollout("<think></think>40", expert: "40", reward: 1, prompt: "20+20")
        let violation =
            #"{"step":6,"trajectory":"sum-2","trajectoryStep":1,"sample":3,"expert":"7","text":"7","tokens":[5],"logProbabilities":[-1],"finish":"length","score":{"status":"formatViolation","reward":-1,"reason":"there is no <think>"}}"#
        let error =
            #"{"step":6,"trajectory":"sum-3","trajectoryStep":0,"sample":0,"expert":"7","text":"x","tokens":[],"logProbabilities":[],"finish":"stop","score":{"status":"error","error":{"code":"textTooLong","message":"too long"}}}"#
        try run.writeRollouts([old, new, violation, error], step: 6)
        let files = try run.files.rollouts
        #expect(files.steps() == [6])
        let records = try files.read(step: 6)
        #expect(records.map(\.prompt) == [nil, "20+20", nil, nil])
        #expect(records[0].parsed == .action(monologue: "carry", action: "4"))
        #expect(records[0].score == .scored(0.5) && records[0].advantage == 0.5 && records[0].tokens == 2)
        #expect(records[0].logProbability == -0.375)
        #expect(records[2].score == .violation(-1, reason: "there is no <think>") && records[2].advantage == nil)
        #expect(records[2].finish == "length" && records[2].trajectoryStep == 1 && records[2].sample == 3)
        #expect(records[3].score == .error(code: "textTooLong", message: "too long"))

        let sample = try #require(RolloutSample(records, step: 6))
        #expect(sample.count == 4 && sample.violations == 1 && sample.errors == 1)
        // One of each step instance; the worst are below the middle.
        #expect(sample.best.map(\.text) == ["<think></think>40"] && sample.worst.map(\.text) == ["7"])
        #expect(sample.firstError?.trajectory == "sum-3")
    }

    /// As RLVR's rollouts are stored.
    @Test func anEpisodeIsOneRolloutAndShowsWhatWasScored() throws {
        let run = try WrittenRun()
        func turn(_ number: Int, _ text: String) -> String {
            WrittenRun.rollout(
                text, expert: "40", reward: 1, prompt: "p\(number)", turn: number, scored: "<think></think>x 40")
        }
        let direct = WrittenRun.rollout("40", expert: "40", reward: 1, trajectory: "sum-2", scored: "<think></think>40")
        try run.writeRollouts([turn(0, "a"), turn(1, "b"), turn(2, "c"), turn(0, "a"), direct], step: 6)
        let records = try run.files.rollouts.read(step: 6)
        #expect(records.map(\.tokens) == [6, 2, 2] && records[0].prompt == "p0")
        #expect(records[0].logProbability == -0.375)
        #expect(records[0].parsed == .action(monologue: "", action: "x 40"))
        #expect(records[2].parsed == .action(monologue: "", action: "40"))
    }

    @Test func whatIsNoRowIsNamed() throws {
        let run = try WrittenRun()
        try run.writeRollouts([WrittenRun.rollout("a", expert: "b", reward: 0), "{\"step\":6}"], step: 6)
        #expect { try run.files.rollouts.read(step: 6) } throws: {
            "\($0)".contains("step-6.jsonl.zst:2: ") && "\($0)".contains("not a rollout")
        }
        #expect { try RunFolder(path: run.folder.path) } throws: { "\($0)".contains("holds no run") }
    }
}
