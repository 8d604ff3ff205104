/// The metrics of a run, and what people rather look at than counts: shares.
struct DerivedMetrics {
    let series: [String: MetricsHistory.Series]

    static let keptShare = "derived/keptShare"
    static let violationShare = "derived/violationShare"
    static let truncatedShare = "derived/truncatedShare"
    static let errorShare = "derived/errorShare"

    init(_ history: MetricsHistory) {
        var series = history.series
        series[Self.keptShare] = Self.share(of: history.series["groupsKept"], in: history.series["groupsDropped"]) {
            $0 + $1 > 0 ? $0 / ($0 + $1) : nil
        }
        for (name, count) in [
            (Self.violationShare, "formatViolations"), (Self.truncatedShare, "truncated"), (Self.errorShare, "errors"),
        ] {
            series[name] = Self.share(of: history.series[count], in: history.series["rollouts"]) {
                $1 > 0 ? $0 / $1 : nil
            }
        }
        self.series = series
    }

    subscript(name: String) -> MetricsHistory.Series? { series[name] }

    /// One number of two, at the steps that have both.
    private static func share(
        of one: MetricsHistory.Series?, in other: MetricsHistory.Series?, _ share: (Double, Double) -> Double?
    ) -> MetricsHistory.Series? {
        guard let one, let other else { return nil }
        let others = Dictionary(zip(other.steps, other.values), uniquingKeysWith: { $1 })
        var result = MetricsHistory.Series()
        for (step, value) in zip(one.steps, one.values) {
            guard let whole = others[step], let share = share(value, whole) else { continue }
            result.steps.append(step)
            result.values.append(share)
        }
        return result.steps.isEmpty ? nil : result
    }
}
