import Foundation
import RunReport
import TestSupport
import Zstandard

/// A run directory made by hand.
struct WrittenRun {
    let folder: TemporaryFolder
    let name: String

    var path: String { folder.file(name) }
    var files: RunFolder { get throws { try RunFolder(path: path) } }

    init(_ name: String = "first", in folder: TemporaryFolder? = nil, configuration: String = Self.configuration) throws
    {
        self.folder = try folder ?? TemporaryFolder()
        self.name = name
        try FileManager.default.createDirectory(atPath: path + "/rollouts", withIntermediateDirectories: true)
        try self.folder.write(configuration, to: name + "/config.yaml")
    }

    static let configuration = """
        seed: 1
        data:
          train: sums.jsonl
        reward:
          urls:
          - http://127.0.0.1:8080
          parameters: {}
        phases:
        - method: sft
          steps: 3
          optimizer:
            learningRate: 0.01
        - method: srl
          steps: 3

        """

    /// Lines of an SFT phase and an SRL phase, as a trainer writes them.
    static func lines(supervised: Int = 3, policy: Int = 3) -> [String] {
        let first = #"{"step":0,"phase":0,"method":"sft","heldOut":{"reward":-1,"low":-1,"high":-0.9,"instances":5}}"#
        let learning = (0..<supervised).map { index in
            #"{"step":\#(index + 1),"phase":0,"method":"sft","loss":\#(3.5 - Double(index)),"entropy":4.5,"learningRate":0.01,"seconds":{"total":0.5,"update":0.5}}"#
        }
        let drawing = (0..<policy).map { index in
            let step = supervised + index + 1
            return
                #"{"step":\#(step),"phase":1,"method":"srl","rewardMean":\#(0.25 + 0.125 * Double(index % 4)),"groupsKept":3,"groupsDropped":1,"rollouts":16,"formatViolations":2,"errors":0,"lengthMean":12.5,"lengthMaximum":20,"entropy":0.5,"seconds":{"total":1,"rollout":0.5,"scoring":0.3,"waiting":0.1,"update":0.4},"heldOut":{"reward":0.5,"low":0.4,"high":0.6,"instances":5}}"#
        }
        return [first] + learning + drawing
    }

    func write(_ lines: [String], ending: String = "\n") throws {
        try folder.write(lines.joined(separator: "\n") + ending, to: name + "/metrics.jsonl")
    }

    func writeRollouts(_ rows: [String], step: Int) throws {
        let writer = try LineWriter(path: "\(path)/rollouts/step-\(step).jsonl.zst")
        for row in rows { try writer.write(row) }
        try writer.commit()
    }

    static func rollout(
        _ text: String, expert: String, reward: Double, trajectory: String = "sum-1", prompt: String? = nil,
        turn: Int? = nil, scored: String? = nil
    ) -> String {
        let prompt =
            (prompt.map { #""prompt":"\#($0)","# } ?? "") + (turn.map { #""turn":\#($0),"# } ?? "")
            + (scored.map { #""scored":"\#($0)","# } ?? "")
        return
            #"{"step":6,"trajectory":"\#(trajectory)","trajectoryStep":0,"sample":0,\#(prompt)"expert":"\#(expert)","text":"\#(text)","tokens":[1,2],"logProbabilities":[-0.5,-0.25],"finish":"stop","score":{"status":"scored","reward":\#(reward),"components":{}},"advantage":0.5}"#
    }
}
