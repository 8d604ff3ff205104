/// What a run was made of: its data and its configuration.
struct FactSections {
    let runs: [RunRecord]

    func html() -> HTML {
        runs.count == 1
            ? data(runs[0]) + configuration(runs[0])
            : differences() + runs.map(configuration).joined()
    }

    // MARK: Data

    private func data(_ run: RunRecord) -> HTML {
        guard let data = run.journal?.data else { return .empty }
        let facts: [(String, String)] = [
            ("Trajectories trained on", NumberText.count(data.training)),
            ("Trajectories held out", NumberText.count(data.heldOut)),
            (
                "Steps of a trajectory",
                NumberText.value(
                    data.stepCounts.reduce(0.0) { $0 + Double($1.steps * $1.trajectories) }
                        / Double(max(1, data.training)))
            ),
            ("Characters of a problem", NumberText.value(data.problemLength)),
            ("Characters of a step", NumberText.value(data.stepLength)),
        ]
        let rows = facts.map { fact -> HTML in "<tr><th>\(fact.0)</th><td>\(fact.1)</td></tr>" }
        return """
            <section id="data"><h2>Data</h2><div class="facts"><table>\(rows)</table>\(histogram(data))</div>
            \(drops(run.journal?.drops ?? []))</section>

            """
    }

    private func histogram(_ data: RunJournal.DataSummary) -> HTML {
        let most = data.stepCounts.map(\.trajectories).max() ?? 1
        // More rows than a screen has say no more.
        let shown = data.stepCounts.prefix(12)
        let rows = shown.map { count -> HTML in
            let width = 100 * Double(count.trajectories) / Double(max(1, most))
            return
                "<tr><th>\(NumberText.count(count.steps))</th><td><span class=\"length\" style=\"width:\(tenth: width)%\"></span></td><td>\(NumberText.count(count.trajectories))</td></tr>"
        }
        let rest = data.stepCounts.dropFirst(shown.count).reduce(0) { $0 + $1.trajectories }
        let more: HTML =
            rest > 0 ? "<tr><th>more</th><td></td><td>\(NumberText.count(rest))</td></tr>" : .empty
        return
            "<table class=\"histogram\"><caption>Trajectories by their steps</caption>\(Array(rows))\(more)</table>"
    }

    private func drops(_ drops: [RunJournal.Drops]) -> HTML {
        drops.map { drop -> HTML in
            let examples = drop.examples.map { example -> HTML in "<li>\(example)</li>" }
            return
                "<details id=\"drops-\(drop.phase)\"><summary>Phase \(drop.phase + 1) leaves out \(NumberText.count(drop.count)) trajectories or steps</summary><ul>\(examples)</ul></details>"
        }.joined()
    }

    // MARK: Configuration

    private func configuration(_ run: RunRecord) -> HTML {
        let title: HTML = runs.count == 1 ? "Configuration" : "Configuration of \(run.name)"
        return """
            <section class="configuration"><h2>\(title)</h2><details id="configuration-\(run.name)"><summary>config.yaml, with all defaults</summary>\
            <div class="text">\(run.configuration.text)</div></details></section>

            """
    }

    private func differences() -> HTML {
        let differences = ConfigurationListing.differences(runs.map(\.configuration))
        guard !differences.isEmpty else {
            return "<section id=\"differences\"><h2>Configurations</h2><p>They are the same.</p></section>"
        }
        let head = runs.map { run -> HTML in "<th>\(run.name)</th>" }
        let rows = differences.map { key, values -> HTML in
            let cells = values.map { value -> HTML in "<td>\(value ?? "–")</td>" }
            return "<tr><th>\(key)</th>\(cells)</tr>\n"
        }
        return """
            <section id="differences"><h2>What differs in the configurations</h2>
            <div class="wide"><table class="compared"><thead><tr><td></td>\(head)</tr></thead><tbody>\(rows)</tbody></table></div></section>

            """
    }
}
