import ArgumentParser
import Foundation
import ModelCore
import ServiceKit
import Training

/// `stepwise-benchmark growth`: how cost grows with what a user can make larger.
struct GrowthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Time against trajectory length, group size, batch and model size, with the fitted exponent.",
        discussion: """
            SRL updates (forward, backward, clipping, AdamW) on the forest and on independent sequences, and rollouts, by models of
            fresh weights on random tokens. The exponent is the slope of a straight line through the logarithms: 1 is linear.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let tokenizer = ByteTokenizer()
        let standard = FreshModel(maximumPositions: 8192)
        let model = try CausalLanguageModel(configuration: standard.configuration(tokenizer), seed: 1)
        Report.begin(
            "Growth", repeats: common.repeats,
            notes: ["model:   the embedded one, \(model.parameters.count.brief) parameters, fresh, unless said"])
        try growth(
            "Trajectory length: steps of 32 tokens, a rollout of 32 from each boundary, G = 8", "steps",
            [4, 8, 16, 32, 64].map { steps in (Double(steps), model, GrowthWork(steps: steps)) })
        try growth(
            "Group size: 8 steps of 32 tokens, rollouts of 32", "G",
            [2, 4, 8, 16, 32].map { group in (Double(group), model, GrowthWork(steps: 8, group: group)) })
        try growth(
            "Batch: trajectories of 8 steps of 32 tokens, rollouts of 32, G = 8", "trajectories",
            [1, 2, 4, 8, 16].map { count in (Double(count), model, GrowthWork(steps: 8, trajectories: count)) })
        try growth(
            "Model size: 8 steps of 32 tokens, rollouts of 32, G = 8", "parameters",
            [64, 128, 256, 512].map { width in
                let sized = FreshModel(
                    hiddenSize: width, intermediateSize: 11 * width / 4, layerCount: max(2, width / 32),
                    headCount: width / 32, keyValueHeadCount: max(1, width / 64), maximumPositions: 8192)
                let model = try CausalLanguageModel(configuration: sized.configuration(tokenizer), seed: 1)
                return (Double(model.parameters.count), model, GrowthWork(steps: 8))
            })
    }

    private func growth(
        _ title: String, _ quantity: String, _ points: [(size: Double, model: CausalLanguageModel, work: GrowthWork)]
    ) throws {
        var table = TextTable([
            .init(quantity, .trailing), .init("forest's tokens", .trailing), .init("update", .trailing),
            .init("alone, tokens", .trailing), .init("update", .trailing), .init("faster", .trailing),
            .init("rollouts", .trailing),
        ])
        var measured: [[Double]] = []
        for point in points {
            let times = try Measurement.interleaved(point.work.bodies(point.model), repeats: common.repeats)
            let (shared, alone) = (point.work.shared.forest.tokenCount, point.work.alone.forest.tokenCount)
            measured.append([Double(shared), times[0], Double(alone), times[1], times[2]])
            table.add([
                Int(point.size).brief, shared.brief, times[0].asTime, alone.brief, times[1].asTime,
                (times[1] / times[0]).asRatio, times[2].asTime,
            ])
        }
        let sizes = points.map(\.size)
        // Fixed costs weigh on the smallest sizes: the exponent is that of the upper half.
        let upper = sizes.count / 2
        let exponents = (0..<5).map { column in
            Self.exponent(Array(sizes[upper...]), measured[upper...].map { $0[column] })
        }
        table.add(
            ["exponent"] + exponents[0...3].map { $0.brief } + ["", exponents[4].brief])
        Report.table(title + " (exponent of the upper half)", table)
    }

    /// The slope of the least-squares line through (log x, log y).
    private static func exponent(_ x: [Double], _ y: [Double]) -> Double {
        let (u, v) = (x.map { log($0) }, y.map { log($0) })
        let (meanU, meanV) = (u.reduce(0, +) / Double(u.count), v.reduce(0, +) / Double(v.count))
        let covariance = zip(u, v).reduce(0) { $0 + ($1.0 - meanU) * ($1.1 - meanV) }
        return covariance / u.reduce(0) { $0 + ($1 - meanU) * ($1 - meanU) }
    }
}
