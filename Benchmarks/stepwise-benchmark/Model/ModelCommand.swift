import ArgumentParser
import ModelCore
import ServiceKit
import Training

/// `stepwise-benchmark model`: tokens a second of the embedded model.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "The embedded model: tokens/s of training steps and rollouts, and the share of sgemm's peak.",
        discussion: "The peak is that of a product of two 1024 x 1024 matrices on all cores, taken in the same turns.")

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

    private func sequences(_ count: Int, length: Int) -> TokenForest {
        var random = RandomGenerator(seed: 5)
        var forest = TokenForest()
        for _ in 0..<count { forest.add((0..<length).map { _ in TokenID(random.next() % 256) }) }
        return forest
    }

    private func training(_ model: CausalLanguageModel) throws -> TextTable {
        let optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1e-8))
        let cost = ModelCost(model.configuration)
        let shapes = [(8, 256), (32, 256), (8, 1024)]
        let batches = shapes.map { count, length in
            let forest = sequences(count, length: length)
            return (forest, forest.segments.indices.flatMap(forest.predictions(of:)))
        }
        let steps = batches.map { forest, predictions in
            {
                model.parameters.zeroGradients()
                _ = try model.accumulateGradients(of: predictions, in: forest) { _ in
                    [Float](repeating: -1 / Float(predictions.count), count: predictions.count)
                }
                model.parameters.clipGradients(maximumNorm: 1)
                optimizer.step(learningRate: 1e-8)
            }
        }
        let peak = try PeakProduct()
        let times = try Measurement.interleaved([peak.run] + steps, repeats: common.repeats)
        let peakRate = PeakProduct.operations / times[0]
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
        table.add(["", "", "", "sgemm 1024", (peakRate / 1e9).brief, "100%"])
        return table
    }

    private func rollouts(_ model: CausalLanguageModel, _ tokenizer: ByteTokenizer) throws -> TextTable {
        let generator = Generator(model: model, tokenizer: tokenizer)
        let cost = ModelCost(model.configuration)
        let (prompt, new) = (128, 128)
        let shapes = [(1, 1), (8, 1), (32, 1), (32, 8)]
        let runs = shapes.map { prompts, group in
            let forest = sequences(prompts, length: prompt)
            let requests = (0..<prompts * group).map {
                GenerationRequest(parent: $0 / group, seed: UInt64($0), stopTokens: [])
            }
            return {
                _ = try generator.generate(
                    prompts: forest, requests: requests, sampling: SamplingParameters(maximumTokens: new))
            }
        }
        let peak = try PeakProduct()
        let times = try Measurement.interleaved([peak.run] + runs, repeats: common.repeats)
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
                share(operations / time, of: PeakProduct.operations / times[0]),
            ])
        }
        return table
    }

    private func share(_ rate: Double, of peak: Double) -> String { "\(Int((100 * rate / peak).rounded()))%" }
}

/// A large product on all cores: what the machine gives at best at the moment.
struct PeakProduct {
    static let operations = 2.0 * 1024 * 1024 * 1024

    private let x: Tensor
    private let weight: Tensor

    init() throws {
        let values = (0..<1024 * 1024).map { Float($0 % 17) / 17 - 0.5 }
        x = try Tensor(values, shape: [1024, 1024])
        weight = try Tensor(values, shape: [1024, 1024])
    }

    func run() throws { _ = try Tape(recording: false).linear(x, weight: weight) }
}
