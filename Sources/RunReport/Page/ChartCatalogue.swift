/// Which metrics make which plot. A plot without data is left out, and a metric that no plot names gets one of its own, so that a later
/// version's are seen too.
enum ChartCatalogue {
    struct Definition {
        let title: String
        var note = ""
        var format = ValueFormat.number
        /// What is drawn, the most telling first; of several runs only that.
        let metrics: [(name: String, label: String)]
        var include: [Double] = []
        var isSmoothed = true
        /// Whether there is nothing to see where all is 0.
        var isNothingAtZero = false
        /// Where the metric means one thing in SFT and another with rollouts, the one that is meant.
        var supervised: Bool?
        /// Metrics with an interval around the first one.
        var interval: (low: String, high: String)?
    }

    /// - Parameter names: the metrics that there are.
    static func definitions(for names: Set<String>) -> [Definition] {
        let parts = names.filter { $0.hasPrefix("rewardParts/") && $0.hasSuffix("/mean") }.sorted()
        let clips = names.filter { $0.lowercased().hasPrefix("clip") }.sorted()
        return [
            Definition(title: "Reward", note: "mean over a step’s rollouts", metrics: [("rewardMean", "reward")]),
            Definition(
                title: "Held-out reward", note: "with 95% intervals", metrics: [("heldOut/reward", "held-out reward")],
                isSmoothed: false, interval: ("heldOut/low", "heldOut/high")),
            Definition(
                title: "Rewards by source", note: "before weighting",
                metrics: parts.map { ($0, String($0.dropFirst(12).dropLast(5))) }),
            Definition(
                title: "Groups kept", note: "of those drawn", format: .percent,
                metrics: [(DerivedMetrics.keptShare, "kept"), ("fillRate", "fill rate")], include: [0, 1]),
            Definition(title: "Reward spread", note: "standard deviation", metrics: [("rewardDeviation", "deviation")]),
            Definition(title: "Entropy", note: "nats a token", metrics: [("entropy", "entropy")]),
            Definition(
                title: "KL", note: "nats a token",
                metrics: [("kl", "to the reference"), ("approximateKL", "to the rollouts’ policy")]),
            Definition(
                title: "Completion length", note: "tokens",
                metrics: [("lengthMean", "mean"), ("lengthMaximum", "longest"), ("lengthMinimum", "shortest")]),
            Definition(
                title: "Rollouts gone wrong", note: "of a step’s rollouts", format: .percent,
                metrics: [
                    (DerivedMetrics.violationShare, "format violations"), (DerivedMetrics.truncatedShare, "truncated"),
                    (DerivedMetrics.errorShare, "not scored"),
                ], include: [0]),
            Definition(title: "Policy loss", metrics: [("loss", "loss")], supervised: false),
            Definition(title: "SFT loss", note: "nats a token", metrics: [("loss", "loss")], supervised: true),
            Definition(title: "Gradient norm", note: "before clipping", metrics: [("gradientNorm", "norm")]),
            Definition(
                title: "Clipped tokens", format: .percent,
                metrics: clips.map { ($0, clips.count > 1 ? $0 : "clipped") }, include: [0], isNothingAtZero: true),
            Definition(title: "Learning rate", metrics: [("learningRate", "rate")], isSmoothed: false),
            Definition(title: "Speed", note: "tokens a second", metrics: [("tokensPerSecond", "tokens/s")]),
        ]
    }

    /// Counts that are shown as shares, and what never says anything alone.
    private static let shownOtherwise: Set<String> = [
        "groupsKept", "groupsDropped", "rollouts", "formatViolations", "truncated", "truncatedShare", "errors",
        "heldOut/instances",
        "heldOut/trajectories", "heldOut/errors",
    ]

    /// A plot for each metric that none of `definitions` has, unless it never changes.
    static func others(_ metrics: [DerivedMetrics], beside definitions: [Definition]) -> [Definition] {
        var known = shownOtherwise
        for definition in definitions {
            known.formUnion(definition.metrics.map(\.name))
            if let interval = definition.interval { known.formUnion([interval.low, interval.high]) }
        }
        let names = Set(metrics.flatMap { $0.series.keys })
        return names.subtracting(known).sorted().filter { name in
            !name.hasPrefix("seconds/") && !name.hasPrefix("derived/")
                && metrics.contains { Set($0[name]?.values ?? []).count > 1 }
        }.map { Definition(title: $0, metrics: [($0, $0)], isSmoothed: !$0.hasPrefix("heldOut/")) }
    }
}
