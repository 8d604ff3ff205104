import ArgumentParser
import ModelCore
import ServiceKit
import Training

/// `stepwise-benchmark model`: tokens a second of the embedded model.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "The embedded model: tokens/s of training steps and rollouts, and the share of sgemm's peak.",
        discussion:
            "The peak is that of OpenBLAS's product of two large matrices on all cores, taken in the same turns.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let tokenizer = ByteTokenizer()
        let model = try CausalLanguageModel(configuration: FreshModel().configuration(tokenizer), seed: 1)
        let configuration = model.configuration
        Report.begin(
            "The embedded model", repeats: common.repeats,
            notes: [
                "model:   \(model.parameters.count.brief) parameters, d \(configuration.hiddenSize), "
                    + "\(configuration.layerCount) layers, \(configuration.headCount) heads of "
                    + "\(configuration.headDimension) over \(configuration.keyValueHeadCount), vocabulary "
                    + "\(configuration.vocabularySize), Float32"
            ])
        try Report.table("Training: forward, backward, clipping, AdamW; a loss on every token", training(model))
        try Report.table("Rollouts at temperature 1, prompts computed in the time", rollouts(model, tokenizer))
    }

    private func training(_ model: CausalLanguageModel) throws -> TextTable {
        let update = UniformUpdate(model)
        let cost = ModelCost(model.configuration)
        let shapes = [(8, 256), (32, 256), (8, 1024)]
        let batches = shapes.map { count, length in
            let forest = RandomTokens.forest(count, length: length, vocabulary: 256)
            return (forest, forest.segments.indices.flatMap(forest.predictions(of:)))
        }
        let steps = batches.map { forest, predictions in { try update.run(predictions, in: forest) } }
        let peak = OpenBLASProduct.peak
        let times = try Measurement.interleaved([{ peak.run() }] + steps, repeats: common.repeats)
        let peakRate = peak.operations / times[0]
        var table = TextTable([
            .init("sequences", .trailing), .init("tokens each", .trailing), .init("step", .trailing),
            .init("tokens/s", .trailing), .init("GFLOP/s", .trailing), .init("share of sgemm's peak", .trailing),
        ])
        for (index, shape) in shapes.enumerated() {
            let (count, length) = shape
            let operations = cost.training(
                tokens: count * length, pairs: count * ModelCost.pairs(length), predictions: batches[index].1.count)
            let time = times[index + 1]
            table.add([
                "\(count)", "\(length)", time.asTime, (Double(count * length) / time).brief,
                (operations / time / 1e9).brief, share(operations / time, of: peakRate),
            ])
        }
        table.add(["", "", "", "sgemm (\(OpenBLASProduct.core))", (peakRate / 1e9).brief, "100%"])
        return table
    }

    private func rollouts(_ model: CausalLanguageModel, _ tokenizer: ByteTokenizer) throws -> TextTable {
        let generator = Generator(model: model, tokenizer: tokenizer)
        let cost = ModelCost(model.configuration)
        let (prompt, new) = (128, 128)
        let shapes = [(1, 1), (8, 1), (32, 1), (32, 8)]
        let runs = shapes.map { prompts, group in
            let forest = RandomTokens.forest(prompts, length: prompt, vocabulary: 256)
            let requests = (0..<prompts * group).map {
                GenerationRequest(parent: $0 / group, seed: UInt64($0), stopTokens: [])
            }
            return {
                _ = try generator.generate(
                    prompts: forest, requests: requests, sampling: SamplingParameters(maximumTokens: new))
            }
        }
        let peak = OpenBLASProduct.peak
        let times = try Measurement.interleaved([{ peak.run() }] + runs, repeats: common.repeats)
        var table = TextTable([
            .init("prompts of \(prompt)", .trailing), .init("rollouts of \(new) each", .trailing),
            .init("time", .trailing),
            .init("tokens drawn/s", .trailing), .init("GFLOP/s", .trailing), .init("share of sgemm's peak", .trailing),
        ])
        for (index, shape) in shapes.enumerated() {
            let (prompts, group) = shape
            let drawn = prompts * group * new
            let pairs =
                prompts * ModelCost.pairs(prompt)
                + prompts * group * (ModelCost.pairs(prompt + new) - ModelCost.pairs(prompt))
            let operations = cost.forward(tokens: prompts * prompt + drawn, pairs: pairs, predictions: drawn)
            let time = times[index + 1]
            table.add([
                "\(prompts)", "\(group)", time.asTime, (Double(drawn) / time).brief, (operations / time / 1e9).brief,
                share(operations / time, of: peak.operations / times[0]),
            ])
        }
        return table
    }

    private func share(_ rate: Double, of peak: Double) -> String { "\(Int((100 * rate / peak).rounded()))%" }
}
