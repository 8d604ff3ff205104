import Foundation
import ModelCore
import TestSupport
import Testing
import Training

/// A run that trains adapters on the checkpoint of another.
@Suite struct AdapterRunTests {
    private func adapterRun(on checkpoint: String, of small: SmallRun) -> SmallRun {
        var adapters = small
        adapters.configuration.model = ModelSource(
            checkpoint: checkpoint, lora: LoRAConfiguration(rank: 2, alpha: 4), weights: .bfloat16)
        adapters.configuration.phases = Array(small.configuration.phases.suffix(1))
        adapters.configuration.phases[0].grpo.klCoefficient = 0.1
        adapters.configuration.memory.activationCheckpointing = true
        return adapters
    }

    @Test func trainsAdaptersAloneAndContinuesToTheSameBits() async throws {
        let small = try SmallRun()
        let first = try small.create("base")
        try await small.trainer(first).train()
        let base = first.checkpoint(at: 16)

        let adapters = adapterRun(on: base, of: small)
        let run = try adapters.create("adapters")
        let trainer = try adapters.trainer(run)
        try await trainer.train()
        let checkpoint = run.checkpoint(at: 4)
        #expect(try Checkpoint.adapterBase(of: checkpoint) == base)
        #expect(!FileManager.default.fileExists(atPath: checkpoint + "/model.safetensors"))
        let metrics = try run.metrics()
        #expect(metrics.count == 5)
        // The reference is the frozen model, from which a fresh adapter does not differ.
        #expect(try #require(metrics[1].kl) < 1e-6)
        #expect(try #require(metrics[4].kl) > 1e-6)

        let (model, _) = try Checkpoint.load(from: checkpoint, for: .inference(weights: .bfloat16))
        #expect(await trainer.parameters() == model.trainable.snapshot())

        // As if it had stopped after its third step.
        try FileManager.default.removeItem(atPath: checkpoint)
        let resumed = try adapters.trainer(run, resuming: true)
        try await resumed.train()
        #expect(await resumed.parameters() == trainer.parameters())

        // Another run may begin where this one ended, on the same frozen model.
        let next = adapterRun(on: checkpoint, of: small)
        let second = try next.create("next")
        try await next.trainer(second).train()
        #expect(try Checkpoint.adapterBase(of: second.checkpoint(at: 4)) == base)
    }

    @Test func saysWhatDoesNotGoTogether() throws {
        var small = try SmallRun()
        small.configuration.model.lora = LoRAConfiguration()
        func refusal() throws -> String {
            let error = #expect(throws: TrainingError.self) { try small.configuration.validate() }
            return error?.description ?? ""
        }
        #expect(try refusal().contains("'model.lora' adapts a model that exists"))
        small.configuration.model = ModelSource(checkpoint: "x", lora: LoRAConfiguration(rank: 0))
        #expect(try refusal().contains("'model.lora': 'rank' is 0"))
        small.configuration.model = ModelSource(checkpoint: "x", weights: .bfloat16)
        #expect(try refusal().contains("'model.weights' is bfloat16"))
        small.configuration.model = ModelSource(checkpoint: "x")
        small.configuration.memory.limitGiB = -1
        #expect(try refusal().contains("'memory.limitGiB' is -1"))
    }

    @Test func aRunThatDoesNotFitIsRefusedBeforeItsFirstStep() async throws {
        var small = try SmallRun()
        small.configuration.memory.limitGiB = 0.001
        let run = try small.create("run")
        let trainer = try small.trainer(run)
        await #expect(throws: TrainingError.self) { try await trainer.train() }
        #expect(try run.metrics().isEmpty)
    }
}
