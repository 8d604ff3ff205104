import Foundation
import RunReport
import TestSupport
import Testing

@Suite struct MetricsHistoryTests {
    @Test func aLineIsItsNumbersByNameAndWhatHasHappened() throws {
        let line = try MetricsLine(
            #"""
            {"step":380,"phase":1,"method":"srl","seconds":{"rollout":0.5,"total":1},"newMetric":{"inner":{"deep":2}},"text":"no","list":[1,2],
             "rewardChanges":[{"after":"b@1","before":"a@1","changed":["reward.urls"],"reason":"file","step":380}],"loss":-0.25}
            """#)
        #expect(line.step == 380 && line.phase == 1 && line.method == "srl")
        #expect(line.scalars.map(\.name) == ["loss", "newMetric/inner/deep", "seconds/rollout", "seconds/total"])
        #expect(line.scalars.map(\.value) == [-0.25, 2, 0.5, 1])
        #expect(line.changes.map(\.reason) == ["file"] && line.changes[0].before == "a@1")
        #expect(line.changes[0].after == "b@1" && line.changes[0].changed == ["reward.urls"])
        for wrong in ["", "[]", "{\"phase\":1}", "{\"step\":1.5}", "{\"step\":1"] {
            #expect(throws: (any Error).self, "\(wrong)") { try MetricsLine(wrong) }
        }
    }

    @Test func itReadsWhatIsNewAndWaitsForTheEndOfALine() throws {
        let run = try WrittenRun()
        var history = MetricsHistory(path: run.path + "/metrics.jsonl")
        try history.update()
        #expect(history.lineCount == 0 && history.lastStep == nil)

        let lines = WrittenRun.lines()
        let torn = String(lines[3].prefix(20))
        try run.write(Array(lines[..<3]) + [torn], ending: "")
        var seen: [Int] = []
        try history.update { seen.append($0.step) }
        #expect(seen == [0, 1, 2] && history.lastStep == 2)
        try run.write(lines)
        try history.update { seen.append($0.step) }
        #expect(seen == [0, 1, 2, 3, 4, 5, 6])
        #expect(history.series["loss"] == MetricsHistory.Series(steps: [1, 2, 3], values: [3.5, 2.5, 1.5]))
        #expect(history.series["heldOut/reward"]?.steps == [0, 4, 5, 6])
        #expect(history.spans.map(\.method) == ["sft", "srl"] && history.spans.map(\.steps) == [0...3, 4...6])
        // Cut by somebody: it begins again.
        try run.write(Array(lines[..<2]))
        try history.update()
        #expect(history.lastStep == 1 && history.series["loss"]?.values == [3.5])
    }

    @Test func aDamagedLineIsNamed() throws {
        let run = try WrittenRun()
        let path = run.path + "/metrics.jsonl"
        for (text, reason) in [("{\"step\": }", "line 1"), ("{\"step\":1,\"phase\":0}", "comes after step 6")] {
            try run.write(WrittenRun.lines() + [text])
            var history = MetricsHistory(path: path)
            #expect { try history.update() } throws: {
                "\($0)".hasPrefix("\(path):8: ") && "\($0)".contains(reason)
            }
        }
    }

    @Test func aSeriesHasPartsAndMeans() {
        let series = MetricsHistory.Series(steps: Array(1...40), values: (1...40).map(Double.init))
        #expect(series.within(5...6) == MetricsHistory.Series(steps: [5, 6], values: [5, 6]))
        #expect(series.mean() == 39.5 && series.mean(ofLast: false) == 1.5)
        #expect(MetricsHistory.Series().mean() == nil)
    }
}
