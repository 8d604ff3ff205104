import Foundation
import FoundationXML
import RunReport
import TestSupport
import Testing

@Suite struct ReportPageTests {
    private func page(_ runs: [WrittenRun], isLive: Bool = false) throws -> String {
        let records = try runs.map { try RunRecord($0.files) }
        return ReportPage(records, made: "2026-11-25T18:00:00Z", isLive: isLive).html()
    }

    /// All that is between <main> and </main> is XML too: whatever opens is closed, and nothing is there that was not escaped.
    private func main(of page: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> XMLElement {
        let start = try #require(page.range(of: "<main>")), end = try #require(page.range(of: "</main>"))
        let text = page[start.lowerBound..<end.upperBound]
        return try #require(
            try XMLDocument(xmlString: String(text)).rootElement(), sourceLocation: sourceLocation)
    }

    private func titles(_ main: XMLElement) throws -> [String] {
        try main.nodes(forXPath: "//figure//h3").compactMap(\.stringValue)
    }

    @Test func aRunHasWhatItsFilesHave() throws {
        let run = try WrittenRun()
        try run.write(WrittenRun.lines(supervised: 3, policy: 3))
        try run.writeRollouts(
            [
                WrittenRun.rollout("<think>so</think>30+14+46", expert: "30+14-14+46", reward: 0.9, prompt: "the sum"),
                WrittenRun.rollout("<think></think>1", expert: "5", reward: 0, trajectory: "sum-2"),
            ], step: 6)
        let page = try page([run])
        let main = try main(of: page)
        #expect(
            try titles(main) == [
                "Reward", "Held-out reward", "Groups kept", "Entropy", "Completion length", "Rollouts gone wrong",
                "SFT loss", "Learning rate", "Time of a step",
            ])
        let text = main.stringValue ?? ""
        for part in [
            "Finished", "after 6 steps", "SFT 3 → SRL 3", "Phase 2, SRL: steps 4 to 6", "Rollouts of step 6", "the sum",
            "config.yaml", "0.500 [0.400, 0.600]", "waiting",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        // Scoring beside rollouts is no time of its own.
        #expect(!text.contains("phases overlap"))
        // What is in both texts is marked: all of the action, and of the expert step but three characters.
        let marks = try main.nodes(forXPath: "//div[@class='text']/mark").compactMap(\.stringValue)
        #expect(marks.contains("30+14+46") == false && marks.joined().contains("30+14"))
        // Neither scripts nor other files are needed to read it.
        for link in ["src=", "href=", "@import", "url("] { #expect(!page.contains(link), "\(link)") }
    }

    @Test func aMetricThatIsAbsentHasNoPlotAndAnUnknownOneHas() throws {
        let run = try WrittenRun()
        try run.write(
            (1...3).map {
                #"{"step":\#($0),"phase":0,"method":"rlvr","kl":0.\#($0),"brandNew":{"thing":\#($0)},"same":1}"#
            })
        #expect(try titles(main(of: page([run]))) == ["KL", "brandNew/thing"])
        let empty = try WrittenRun("empty")
        #expect(try main(of: page([empty])).stringValue?.contains("No step has been logged yet") == true)
    }

    @Test func phasesResumesAndReloadsAreMarked() throws {
        let run = try WrittenRun()
        var lines = WrittenRun.lines()
        lines[5] =
            String(lines[5].dropLast())
            + #","rewardChanges":[{"step":5,"reason":"file","before":"a@1","after":"b@1"}]}"#
        try run.write(lines)
        try run.folder.write(
            #"{"sessions":[{"step":0,"began":"2026-11-25T10:00:00Z"},{"step":2,"began":"2026-11-25T11:00:00Z"}],"drops":[]}"#,
            to: "first/run.json")
        let main = try main(of: page([run]))
        let entropy = "//figure[.//h3='Entropy']"
        #expect(
            try main.nodes(forXPath: entropy + "//*[@class='phases']/*").compactMap(\.stringValue) == ["SFT", "SRL"])
        #expect(try main.nodes(forXPath: entropy + "//*[@class='sign resume']").count == 1)
        #expect(try main.nodes(forXPath: entropy + "//*[@class='sign reload']").count == 1)
        // A plot of the second phase alone has no resume of the first.
        #expect(try main.nodes(forXPath: "//figure[.//h3='Reward']//*[@class='sign resume']").isEmpty)
        let text = main.stringValue ?? ""
        #expect(text.contains("Continued after step 2, 2026-11-25T11:00:00Z") && text.contains("a@1 became b@1"))
    }

    @Test func nothingThatAFileHoldsBecomesMarkup() throws {
        let attack = #"</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"#
        let run = try WrittenRun(
            "a<b>&\"'",
            configuration:
                "seed: 1\nreward: {parameters: {granularity: \"</style><b>\"}}\nphases: []\nnote: '<svg onload=x>'\n")
        try run.write([
            #"{"step":1,"phase":0,"method":"<i>srl","<u>metric":1,"rewardParts":{"\#(attack)":{"mean":1}},"rewardMean":1,"rewardChanges":[{"step":1,"reason":"<b>","before":"<p>","after":"\u0000\u001b"}]}"#,
            #"{"step":2,"phase":0,"method":"<i>srl","<u>metric":2,"rewardParts":{"\#(attack)":{"mean":2}},"rewardMean":2}"#,
        ])
        try run.writeRollouts(
            [
                WrittenRun.rollout(
                    "<think>\(attack)</think>\(attack)", expert: attack, reward: 1, trajectory: attack, prompt: attack)
            ], step: 1)
        let page = try page([run])
        let main = try main(of: page)
        for name in ["script", "img", "i", "u", "p[not(@class)]/svg", "style"] {
            #expect(
                try main.nodes(forXPath: "//" + name).filter { $0.stringValue?.contains("more characters") != true }
                    .isEmpty)
        }
        // One script, ours.
        #expect(page.components(separatedBy: "<script").count == 2 && !page.contains("onerror=alert(2)>"))
        #expect(HTML.escaped("<a b=\"c\" d='e'>&\u{1B}\n") == "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\u{FFFD}\n")
    }

    @Test func severalRunsAreLaidOnTopOfEachOther() throws {
        let one = try WrittenRun("one")
        try one.write(WrittenRun.lines())
        let other = try WrittenRun(
            "other", configuration: WrittenRun.configuration.replacing("learningRate: 0.01", with: "learningRate: 0.5"))
        try other.write(WrittenRun.lines(policy: 2))
        let again = try WrittenRun("one")
        try again.write(WrittenRun.lines(policy: 1))
        let main = try main(of: page([one, other, again]))
        #expect(
            try main.nodes(forXPath: "//section[@id='figures']//thead//th").compactMap(\.stringValue) == [
                "one", "other", "one (2)",
            ])
        #expect(
            try main.nodes(forXPath: "//section[@id='figures']//tr[th='Steps']/td").compactMap(\.stringValue) == [
                "6 of 6", "5 of 6", "4 of 6",
            ])
        let lines = try main.nodes(forXPath: "//figure[.//h3='Reward']//*[contains(@class,'line ')][@data-label]")
        let labels = lines.compactMap { ($0 as? XMLElement)?.attribute(forName: "data-label")?.stringValue }
        #expect(labels == ["one", "other", "one (2)"])
        #expect(
            try main.nodes(forXPath: "//section[@id='differences']//tbody/tr").compactMap(\.stringValue)
                .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
                == ["phases[0].optimizer.learningRate0.010.50.01"])
        #expect(try main.nodes(forXPath: "//section[@id='rollouts']").isEmpty)
    }

    /// 20,000 steps with everything a step can have: the size does not grow with the steps.
    @Test func aLongRunIsASmallFile() throws {
        let run = try WrittenRun()
        try run.write(WrittenRun.lines(supervised: 2000, policy: 18_000))
        let page = try page([run])
        #expect(page.utf8.count < 600 << 10, "\(page.utf8.count)")
        _ = try main(of: page)
        #expect(page.contains("A plot has 240 points at most"))
    }

    @Test func aLivePageLooksForANewerOne() throws {
        let run = try WrittenRun()
        try run.write(WrittenRun.lines(policy: 1))
        let live = try page([run], isLive: true)
        #expect(live.contains("<body data-live=\"1\">") && live.contains(">Training</span> step 4 of 6"))
        #expect(live.contains("<noscript><meta http-equiv=\"refresh\""))
        let still = try page([run])
        #expect(!still.contains("data-live=\"1\"") && still.contains("Not finished") && !still.contains("noscript"))
    }
}
