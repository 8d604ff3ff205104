/// `report.html`: all that is to be seen of a run, or of several beside each other, in one file that needs no other.
package struct ReportPage {
    package let runs: [RunRecord]
    /// When it was made, in ISO 8601.
    package let made: String
    /// A page that a running trainer serves: it looks for a newer one by itself.
    package var isLive: Bool

    /// - Precondition: there is a run.
    package init(_ runs: [RunRecord], made: String, isLive: Bool = false) {
        precondition(!runs.isEmpty, "a report is of a run")
        self.runs = Self.withDistinctNames(runs)
        self.made = made
        self.isLive = isLive
    }

    package func html() -> String {
        let title = runs.count == 1 ? runs[0].name : "\(runs.count) runs compared"
        // Without the script, a live page is loaded anew now and then.
        let refresh: HTML =
            isLive ? "<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>\n" : .empty
        let live: HTML = isLive ? " data-live=\"1\"" : .empty
        let page: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'">
            <meta name="color-scheme" content="light dark">
            <title>\(title) · Stepwise</title>
            \(refresh)<style>\(Stylesheet.css)</style>
            </head>
            <body\(live)>
            <main>
            \(content(title))</main>
            <script>\(PageScript.javaScript)</script>
            </body>
            </html>

            """
        return page.text
    }

    private func content(_ title: String) -> HTML {
        var result: HTML = "<header class=\"page\"><h1>\(title)</h1>\(subtitle())</header>\n"
        if runs.count == 1 {
            result += tiles(runs[0])
            result += ChartSection(runs).html()
            result += RunEvents(runs[0]).html()
            result += RolloutSection(run: runs[0]).html()
        } else {
            result += legend() + table()
            result += ChartSection(runs).html()
        }
        result += FactSections(runs: runs).html()
        return result + "<footer>Stepwise, \(made)</footer>\n"
    }

    private func subtitle() -> HTML {
        guard runs.count == 1 else { return .empty }
        let run = runs[0]
        let steps = NumberText.count(run.lastStep)
        let state: HTML
        if run.isFinished {
            state = "<span class=\"state done\">Finished</span> after \(steps) steps"
        } else {
            let total = run.totalSteps > 0 ? " of \(NumberText.count(run.totalSteps))" : ""
            state =
                isLive
                ? "<span class=\"state\">Training</span> step \(steps)\(total)"
                : "<span class=\"state\">Not finished</span> step \(steps)\(total)"
        }
        var facts = [
            run.configuration.phases.map { "\($0.method.uppercased()) \(NumberText.count($0.steps))" }
                .joined(separator: " → ")
        ]
        if let checkpoint = run.configuration["model.checkpoint"] {
            facts.append("from \(checkpoint)")
        } else if let size = run.configuration["model.fresh.hiddenSize"], run.journal?.parameters == nil {
            facts.append("a fresh model, hidden size \(size)")
        }
        if let parameters = run.journal?.parameters {
            facts.append("\(NumberText.value(Double(parameters))) trained parameters")
        }
        if let began = run.journal?.sessions.first?.began { facts.append("begun \(began)") }
        return "<p>\(state)</p><p class=\"fine\">\(facts.filter { !$0.isEmpty }.joined(separator: " · "))</p>"
    }

    private func tiles(_ run: RunRecord) -> HTML {
        let tiles = RunFigures(run).tiles.map { tile -> HTML in
            "<div><dt>\(tile.label)</dt><dd>\(tile.value)</dd><dd class=\"fine\">\(tile.note)</dd></div>"
        }
        return tiles.isEmpty ? .empty : "<dl class=\"tiles\">\(tiles)</dl>\n"
    }

    // MARK: Several runs

    private func legend() -> HTML {
        let items = runs.enumerated().map { index, run -> HTML in
            "<li>\(key(index))\(run.name)</li>"
        }
        return "<ul class=\"legend runs\">\(items)</ul>\n"
    }

    private func key(_ index: Int) -> HTML {
        let color = index % 8 + 1
        return
            "<svg class=\"key\" viewBox=\"0 0 22 8\" aria-hidden=\"true\"><line class=\"line c\(color) d\(color)\" x1=\"0\" x2=\"22\" y1=\"4\" y2=\"4\"/></svg>"
    }

    private func table() -> HTML {
        let rows = runs.map { RunFigures($0).row }
        let head = runs.enumerated().map { index, run -> HTML in "<th>\(key(index))\(run.name)</th>" }
        let body = RunFigures.rows.enumerated().compactMap { row, title -> HTML? in
            guard rows.contains(where: { $0[row] != "–" }) else { return nil }
            let cells = rows.map { cells -> HTML in "<td>\(cells[row])</td>" }
            return "<tr><th>\(title)</th>\(cells)</tr>\n"
        }
        return """
            <section id="figures"><h2>At the end</h2><div class="wide"><table class="compared">\
            <thead><tr><td></td>\(head)</tr></thead><tbody>\(body)</tbody></table></div>
            <p class="fine">Means over the last twentieth of a run’s steps; held-out rewards are those of the last evaluation.</p></section>

            """
    }

    /// Runs of the same name, such as `a/first` and `b/first`, are numbered.
    private static func withDistinctNames(_ runs: [RunRecord]) -> [RunRecord] {
        var seen: [String: Int] = [:]
        return runs.map { run in
            let count = (seen[run.name] ?? 0) + 1
            seen[run.name] = count
            guard count > 1 else { return run }
            return RunRecord(
                name: "\(run.name) (\(count))", configuration: run.configuration, history: run.history,
                journal: run.journal, rollouts: run.rollouts)
        }
    }
}
