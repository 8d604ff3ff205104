import ModelCore
import TestSupport
import Testing

/// BF16 weights, adapters and checkpointed activations against the plain model.
struct FrozenWeightsTests {
    private let forest = ExampleForests.trajectory(group: 3)
    private var predictions: [Prediction] { forest.segments.indices.flatMap(forest.predictions(of:)) }

    /// A model of `purpose` with another's weights.
    private func copy(_ source: CausalLanguageModel, for purpose: ModelPurpose) throws -> CausalLanguageModel {
        let model = try CausalLanguageModel(configuration: source.configuration, seed: 4, for: purpose)
        for entry in source.parameters.entries {
            try model.parameters.setValues(entry.name, source.parameters.values(entry.name))
        }
        return model
    }

    private func scores(_ model: CausalLanguageModel) throws -> [Float] {
        try model.logProbabilities(of: predictions, in: forest).logProbabilities
    }

    @Test(arguments: ForestEqualityTests.configurations)
    func bfloat16WeightsAreTheRoundedOnesAndProductsAreFloat32(configuration: ModelConfiguration) throws {
        let exact = try TinyModel.make(configuration, seed: 3)
        let halves = try copy(exact, for: .inference(weights: .bfloat16))
        let rounded = try copy(halves, for: .inference(weights: .float32))
        for entry in exact.parameters.entries {
            let (ours, theirs) = try (halves.parameters.values(entry.name), exact.parameters.values(entry.name))
            if entry.decays {
                #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) <= abs($1) / 256 }, "\(entry.name)")
                #expect(ours != theirs)
            } else {
                #expect(ours == theirs, "vectors keep their precision")
            }
        }
        let (ours, theirs) = try (scores(halves), scores(rounded))
        #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 1e-5 * max(1, abs($1)) })

        let tokens = Array(forest.segments[0].tokens)
        let decoders = try [halves, rounded].map { try ForestDecoder(model: $0) }
        let logits = try decoders.map { try $0.logits(after: $0.add([(tokens, nil)])[0]) }
        #expect(logits[0] == logits[1])
    }

    @Test func adaptersGradientsAreTheSameOnBFloat16Weights() throws {
        let lora = LoRAConfiguration(rank: 2, alpha: 4)
        let halves = try copy(TinyModel.make(seed: 3), for: .adapterTraining(lora, weights: .bfloat16))
        let wide = try copy(halves, for: .adapterTraining(lora, weights: .float32))
        for model in [halves, wide] {
            for entry in model.trainable.entries {
                let values = (0..<entry.count).map { Float($0 * 5 % 7 - 3) / 10 }
                try model.trainable.setValues(entry.name, values)
            }
            model.trainable.zeroGradients()
            _ = try model.accumulateGradients(of: predictions, in: forest) { $0.logProbabilities.map { _ in 0.1 } }
        }
        for entry in wide.trainable.entries {
            let (ours, theirs) = try (halves.trainable.gradient(entry.name), wide.trainable.gradient(entry.name))
            let size = theirs.reduce(0) { max($0, abs($1)) }
            #expect(size > 0)
            #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 1e-4 * size }, "\(entry.name)")
        }
    }

    @Test func aFreshAdapterChangesNothing() throws {
        let base = try TinyModel.make(seed: 3)
        let adapted = try copy(base, for: .adapterTraining(LoRAConfiguration(rank: 2), weights: .float32))
        #expect(try scores(adapted) == scores(base))
        #expect(!adapted.parameters.isTrainable && adapted.trainable.isTrainable)
        #expect(adapted.trainable.entries.count == 3 * 7 * 2)
    }

    @Test(arguments: [nil, LoRAConfiguration(rank: 2, alpha: 4, targets: [.query, .down])])
    func checkpointedActivationsGiveTheSameBits(lora: LoRAConfiguration?) throws {
        let purpose = lora.map { ModelPurpose.adapterTraining($0, weights: .float32) } ?? .training
        let model = try copy(TinyModel.make(seed: 3), for: purpose)
        for entry in model.trainable.entries where lora != nil {
            try model.trainable.setValues(entry.name, (0..<entry.count).map { Float($0 * 5 % 7 - 3) / 10 })
        }
        func gradients() throws -> ([Float], [[Float]]) {
            model.trainable.zeroGradients()
            let scores = try model.accumulateGradients(of: predictions, in: forest) { scores in
                scores.logProbabilities.indices.map { Float($0 % 5) / 5 - 0.3 }
            }
            return (scores.logProbabilities, try model.trainable.entries.map { try model.trainable.gradient($0.name) })
        }
        let plain = try gradients()
        model.checkpointsActivations = true
        let checkpointed = try gradients()
        #expect(plain.0 == checkpointed.0)
        #expect(plain.1 == checkpointed.1)
        #expect(plain.1.allSatisfy { $0.contains { $0 != 0 } })
    }
}
