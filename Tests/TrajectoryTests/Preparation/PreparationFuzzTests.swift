import TestSupport
import Testing
import Trajectory

/// Damaged data of every format is read or refused, and never ends the program.
@Suite struct PreparationFuzzTests {
    private static let seeds: [String] = [
        #"{"question": "q", "answer": "a <<1+1=2>>2\nb\n#### 1,250"}"#,
        #"{"problem": "p", "solution": "Intro.\n\n#### Solution\n1. **T**: a\n   1. x\n2. b \\boxed{\\frac{1}{2}}\n```\n1. c\n```\n3. d\n\n$\\boxed{5}$."}"#,
        #"{"question": {"problem": "p", "ground_truth_answer": "1"}, "label": {"finish_reason": "solution", "steps": [{"completions": [{"text": "a", "rating": 1}], "chosen_completion": 0}, {"human_completion": {"text": "b\n\n# Answer\n\n1"}}]}}"#,
        #"{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "q"}]}, {"role": "assistant", "content": "<think>t</think>```bash\nls\n```", "tool_calls": [{"function": {"name": "f", "arguments": "{\"a\": [1]}"}}]}, {"role": "tool", "content": "OBSERVATION:\nx\r\n"}, {"role": "assistant", "content": "<function=submit>\n</function>"}], "instance_id": "i"}"#,
        #"{"trajectory": [{"action": "ls", "observation": "é\ud83d\ude00"}, {"action": "", "observation": ""}, {"action": "submit"}], "history": [{"role": "user", "content": "q"}], "info": {"exit_status": "x"}}"#,
        #"{"id": "a", "problem": "p", "steps": ["a", "b"], "observations": ["o"], "answer": "1", "metadata": {"k": "v"}}"#,
    ]
    private static let scraps = [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "\n", "1. ", "2. ", "**", "```", "~~~", "\\\\boxed{", "####", "null",
        "-1", "1e9",
        "\\u0000", "\\ud800", "Step 1:", "<think>", "</think>", "\u{FEFF}", "  ",
    ]

    @Test func damagedRowsAreReadOrRefused() throws {
        let folder = try TemporaryFolder()
        let campaign = try FuzzCampaign("preparation", runs: 2_000) { random in
            let seed = Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &random)]
            let other = Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &random)]
            let layout = Int.random(in: 0..<3, using: &random)
            let damaged = random.mutated(Array(seed.utf8), scraps: Self.scraps, other: Array(other.utf8))
            let rows = [seed, String(decoding: damaged, as: UTF8.self)]
            let text: String
            switch layout {
            case 0: text = rows.joined(separator: "\n")
            case 1: text = "[\(rows.joined(separator: ","))]"
            default: text = "{\n\(rows.joined(separator: "\n").dropFirst())"
            }
            let bytes =
                Bool.random(using: &random)
                ? random.mutated(Array(text.utf8), scraps: Self.scraps, other: []) : Array(text.utf8)
            var reading = ReadingOptions()
            reading.splitting = Bool.random(using: &random) ? StepSplitting.allCases.randomElement(using: &random) : nil
            reading.action = PreparationFormat.Action.allCases.randomElement(using: &random) ?? .auto
            var options = PreparationOptions(skipsMalformed: Bool.random(using: &random))
            options.minimumSteps = Int.random(in: 0...2, using: &random)
            options.maximumObservationLength = 2
            let isKnown = Bool.random(using: &random)
            let format = isKnown ? PreparationFormat.allCases.randomElement(using: &random) : nil
            var preparation = Preparation(format: format, reading: reading, options: options)
            let path = try folder.write(bytes, to: "rows")
            var kept: [ExpertTrajectory] = []
            do throws(TrajectoryError) {
                try preparation.read(path) { (trajectory) throws(TrajectoryError) in kept.append(trajectory) }
                _ = try preparation.finish()
            } catch {
                return false
            }
            // Whatever is kept can be written, and read again.
            let lines = folder.file("kept.jsonl")
            try TrajectoryFile.write(kept, to: lines)
            #expect(try TrajectoryFile.read(lines) == kept)
            return true
        }
        #expect(campaign.accepted > 200 && campaign.refused > 200)
    }
}
