/// The plots of a run, or of several on top of each other.
struct ChartSection {
    let runs: [RunRecord]
    private let metrics: [DerivedMetrics]
    private let definitions: [ChartCatalogue.Definition]

    init(_ runs: [RunRecord]) {
        self.runs = runs
        metrics = runs.map { DerivedMetrics($0.history) }
        definitions = ChartCatalogue.definitions(for: Set(metrics.flatMap { $0.series.keys }))
    }

    private var isComparison: Bool { runs.count > 1 }

    func html() -> HTML {
        var figures = definitions.compactMap(figure)
        if let time = timeFigure() { figures.append(time) }
        let others = ChartCatalogue.others(metrics, beside: definitions).compactMap(figure)
        guard !figures.isEmpty || !others.isEmpty else {
            return "<section id=\"curves\"><h2>Curves</h2><p>No step has been logged yet.</p></section>"
        }
        let more: HTML =
            others.isEmpty
            ? .empty
            : "<details id=\"more\"><summary>\(others.count) more metrics</summary><div class=\"charts\">\(others)</div></details>"
        return """
            <section id="curves"><h2>Curves</h2>
            <div class="charts">\(figures)</div>\(more)
            <p class="fine">\(reading())</p></section>

            """
    }

    private func figure(_ definition: ChartCatalogue.Definition) -> HTML? {
        let lines = isComparison ? comparedLines(definition) : ownLines(definition)
        // Nothing but zeros of a kind that should be zero is no plot worth its place, unless it is the first of its plot.
        let shown = lines.enumerated().filter { index, line in
            (index == 0 || isComparison) && !definition.isNothingAtZero
                || line.curve.points.contains { $0.high != 0 || $0.low != 0 }
        }.map(\.element)
        guard !shown.isEmpty else { return nil }
        var chart = LineChart(
            title: definition.title, note: definition.note, format: definition.format, lines: shown,
            include: definition.include, isComparison: isComparison, phases: phases(), marks: marks())
        if !isComparison, let interval = definition.interval { chart.value = value(definition, interval) }
        return chart.figure()
    }

    private func ownLines(_ definition: ChartCatalogue.Definition) -> [LineChart.Line] {
        definition.metrics.enumerated().compactMap { index, metric in
            line(definition, metric.name, of: 0, label: metric.label, color: index % 8 + 1)
        }
    }

    private func comparedLines(_ definition: ChartCatalogue.Definition) -> [LineChart.Line] {
        runs.indices.compactMap { run in
            definition.metrics.lazy.compactMap { metric in
                line(definition, metric.name, of: run, label: runs[run].name, color: run % 8 + 1)
            }.first
        }
    }

    private func line(
        _ definition: ChartCatalogue.Definition, _ name: String, of run: Int, label: String, color: Int
    ) -> LineChart.Line? {
        guard var series = metrics[run][name] else { return nil }
        let spans = runs[run].history.spans
        if let supervised = definition.supervised {
            let parts = spans.filter { ($0.method == "sft") == supervised }.map { series.within($0.steps) }
            series = MetricsHistory.Series(steps: parts.flatMap(\.steps), values: parts.flatMap(\.values))
        }
        guard !series.steps.isEmpty else { return nil }
        // What is measured on held-out data means the same in every phase.
        let breaks = name.hasPrefix("heldOut/") ? [] : spans.dropFirst().map(\.steps.lowerBound)
        let curve = Curve(
            series, breaks: breaks, resolution: runs.count > 4 ? 140 : 240, smoothing: definition.isSmoothed)
        var line = LineChart.Line(label: label, color: color, curve: curve, showsRaw: runs.count <= 4)
        if let interval = definition.interval, name == definition.metrics.first?.name, runs.count <= 4 {
            line.low = metrics[run][interval.low]
            line.high = metrics[run][interval.high]
        }
        return line
    }

    private func value(_ definition: ChartCatalogue.Definition, _ interval: (low: String, high: String)) -> String? {
        guard let name = definition.metrics.first?.name, let value = metrics[0][name]?.values.last else { return nil }
        let format = definition.format
        guard let low = metrics[0][interval.low]?.values.last, let high = metrics[0][interval.high]?.values.last else {
            return format.text(value)
        }
        return "\(format.text(value)) [\(format.text(low)), \(format.text(high))]"
    }

    // MARK: Time

    private func timeFigure() -> HTML? {
        guard !isComparison else {
            return figure(
                ChartCatalogue.Definition(
                    title: "Time of a step", format: .seconds, metrics: [("seconds/total", "seconds")], include: [0]))
        }
        guard let total = metrics[0]["seconds/total"], let steps = runs[0].history.lastStep else { return nil }
        // Scoring runs beside rollouts; what a step takes longer for it is the waiting.
        let beside = metrics[0]["seconds/waiting"] == nil ? [] : ["seconds/scoring"]
        var parts = metrics[0].series.keys
            .filter { $0.hasPrefix("seconds/") && $0 != "seconds/total" && !beside.contains($0) }.sorted()
            .compactMap { name in
                metrics[0][name].map { StackedChart.Part(label: String(name.dropFirst(8)), series: $0) }
            }
        // What is left of the total; where parts overlap in time, their sum is no time, and they are drawn beside each other.
        var rest = Dictionary(zip(total.steps, total.values), uniquingKeysWith: { $1 })
        for part in parts { for (step, value) in zip(part.series.steps, part.series.values) { rest[step]? -= value } }
        let sum = total.values.reduce(0, +)
        let left = rest.values.reduce(0, +)
        guard left > -0.02 * sum else {
            return figure(
                ChartCatalogue.Definition(
                    title: "Time of a step", note: "phases overlap", format: .seconds,
                    metrics: [("seconds/total", "total")] + parts.map { ("seconds/" + $0.label, $0.label) },
                    include: [0]))
        }
        if left > 0.02 * sum {
            let values = total.steps.map { max(0, rest[$0] ?? 0) }
            parts.append(
                StackedChart.Part(
                    label: "else", series: MetricsHistory.Series(steps: total.steps, values: values)))
        }
        return StackedChart(
            title: "Time of a step", note: "on average", parts: parts, steps: 1...max(1, steps), phases: phases(),
            marks: marks()
        ).figure()
    }

    // MARK: What is marked

    private func phases() -> [PlotFrame.PhaseLabel] {
        let labels = runs.map { run in
            run.history.spans.map { PlotFrame.PhaseLabel(step: $0.steps.lowerBound, text: $0.method.uppercased()) }
        }
        let first = labels[0].map { "\($0.step) \($0.text)" }
        return labels.allSatisfy { $0.map { "\($0.step) \($0.text)" } == first } ? labels[0] : []
    }

    private func marks() -> [PlotFrame.EventMark] {
        guard !isComparison else { return [] }
        return RunEvents(runs[0]).events.compactMap { event -> PlotFrame.EventMark? in
            switch event.kind {
            case .resumed: PlotFrame.EventMark(step: event.step, kind: .resume, text: event.text)
            case .rewards: PlotFrame.EventMark(step: event.step, kind: .reload, text: event.text)
            case .phase: nil
            }
        }
    }

    private func reading() -> HTML {
        let longest = metrics.flatMap { $0.series.values }.map(\.steps.count).max() ?? 0
        let thick: HTML =
            "Thin lines are the values of single steps, thick ones a moving average over about a fortieth of them. "
        let thin: HTML =
            longest > 240
            ? "A plot has 240 points at most: where a metric has more values, a thin line is the mean of neighbouring steps, and the band behind it reaches from their lowest to their highest. "
            : .empty
        let gaps: HTML =
            "A gap in a line is a step without that metric. A few values beyond the rest may leave the frame. "
        let signs: HTML =
            marks().isEmpty ? .empty : "● the run was continued; ▲ what scores it was changed. "
        return thick + thin + gaps + signs + "All numbers are in metrics.jsonl."
    }
}
