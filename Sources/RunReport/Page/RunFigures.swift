/// The few numbers that a run is told by.
struct RunFigures {
    struct Figure {
        let label: String
        let value: String
        var note = ""
    }

    private let run: RunRecord
    private let metrics: DerivedMetrics

    init(_ run: RunRecord) {
        self.run = run
        metrics = DerivedMetrics(run.history)
    }

    /// For the head of a report; what the run does not have is left out.
    var tiles: [Figure] {
        var tiles: [Figure] = []
        if let series = metrics["rewardMean"], let first = series.mean(ofLast: false), let last = series.mean() {
            let change = series.values.count > 1 ? "from \(NumberText.value(first))" : ""
            tiles.append(Figure(label: "Reward", value: NumberText.value(last), note: change))
        }
        if let value = heldOut {
            tiles.append(Figure(label: "Held-out reward", value: value.value, note: value.interval))
        } else if let loss = metrics["loss"]?.mean(), metrics["rewardMean"] == nil {
            tiles.append(Figure(label: "Loss", value: NumberText.value(loss)))
        }
        if let kept = metrics[DerivedMetrics.keptShare]?.mean() {
            tiles.append(Figure(label: "Groups kept", value: NumberText.percent(kept), note: "at the end"))
        }
        if let entropy = metrics["entropy"]?.mean() {
            tiles.append(Figure(label: "Entropy", value: NumberText.value(entropy), note: "nats a token"))
        }
        if let speed = metrics["tokensPerSecond"]?.mean() {
            tiles.append(Figure(label: "Speed", value: NumberText.value(speed), note: "tokens a second"))
        }
        if let seconds {
            tiles.append(Figure(label: "Training time", value: NumberText.duration(seconds), note: tokens ?? ""))
        }
        return tiles
    }

    /// For a table of several runs: the same rows for each, `–` for what one does not have.
    static let rows = [
        "Steps", "Reward", "Held-out reward", "95% interval", "Best held-out reward", "Groups kept", "Entropy",
        "Completion length", "Format violations", "Tokens a second", "Training time",
    ]

    var row: [String] {
        func text(_ value: Double?, _ format: (Double) -> String = NumberText.value) -> String {
            value.map(format) ?? "–"
        }
        let best = metrics["heldOut/reward"].flatMap { series in
            series.values.max().map { best in
                "\(NumberText.value(best)) at step \(NumberText.count(series.steps[series.values.firstIndex(of: best) ?? 0]))"
            }
        }
        return [
            run.totalSteps > 0
                ? "\(NumberText.count(run.lastStep)) of \(NumberText.count(run.totalSteps))"
                : NumberText.count(run.lastStep),
            text(metrics["rewardMean"]?.mean()), heldOut?.value ?? "–", heldOut?.interval ?? "–", best ?? "–",
            text(metrics[DerivedMetrics.keptShare]?.mean(), NumberText.percent), text(metrics["entropy"]?.mean()),
            text(metrics["lengthMean"]?.mean()),
            text(metrics[DerivedMetrics.violationShare]?.mean(), NumberText.percent),
            text(metrics["tokensPerSecond"]?.mean()), text(seconds, NumberText.duration),
        ]
    }

    private var heldOut: (value: String, interval: String)? {
        guard let value = metrics["heldOut/reward"]?.values.last else { return nil }
        let bounds = ["low", "high"].compactMap { metrics["heldOut/" + $0]?.values.last.map(NumberText.value) }
        return (NumberText.value(value), bounds.count == 2 ? "[\(bounds[0]), \(bounds[1])]" : "")
    }

    /// That steps took.
    private var seconds: Double? { metrics["seconds/total"].map { $0.values.reduce(0, +) } }

    private var tokens: String? {
        let counts = ["trainedTokens", "generatedTokens"].compactMap { metrics[$0]?.values.reduce(0, +) }
        return counts.isEmpty ? nil : "\(NumberText.value(counts.reduce(0, +))) tokens"
    }
}
