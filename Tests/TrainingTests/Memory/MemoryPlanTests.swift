import ModelCore
import Testing
import Training

struct MemoryPlanTests {
    /// SmolLM2-135M's shape.
    private let model = ModelConfiguration(
        vocabularySize: 49152, hiddenSize: 576, intermediateSize: 1536, layerCount: 30, headCount: 9,
        keyValueHeadCount: 3, maximumPositions: 8192)

    private var work: MemoryPlan.Work {
        var work = MemoryPlan.Work(method: .srl)
        work.completions = 128
        work.completionTokens = 64
        work.completionsPerPrompt = 8
        work.promptCacheTokens = 256
        work.largestTree = 1000
        work.batchTokens = 12_000
        work.microBatchTokens = 8192
        return work
    }

    private func plan(
        _ sequences: Int = 256, _ divisor: Int = 1, purpose: ModelPurpose = .training, checkpointing: Bool = true
    ) -> MemoryPlan {
        var work = work
        work.microBatchTokens /= divisor
        return MemoryPlan(
            model: model, purpose: purpose, work: [work], concurrentSequences: sequences,
            activationCheckpointing: checkpointing, process: 50 << 20)
    }

    @Test func countsWhatAModelHolds() {
        // 134,515,008 parameters, four floats of each: value, gradient, two moments.
        #expect(abs(Double(plan().held) / (134_515_008 * 16) - 1) < 0.001)
        let lora = plan(purpose: .adapterTraining(LoRAConfiguration(rank: 8), weights: .bfloat16))
        #expect(Double(lora.held) < 134_515_008 * 2 * 1.2)
        #expect(plan(checkpointing: false).update > 3 * plan().update)
    }

    @Test func makesARunFitItsLimit() throws {
        let limit = 3 << 30
        #expect(plan().peak > limit)
        let fitted = try MemoryPlan.fitting(
            limit, concurrentSequences: 256, activationCheckpointing: true, make: { plan($0, $1) })
        #expect(fitted.peak <= limit)
        #expect(fitted.concurrentSequences < 256 && fitted.concurrentSequences >= 8)
        #expect(fitted.microBatchTokens[0] < 8192)
        let roomy = try MemoryPlan.fitting(
            64 << 30, concurrentSequences: 256, activationCheckpointing: true, make: { plan($0, $1) })
        #expect(roomy == plan())
    }

    @Test func saysWhatToLowerWhereNothingFits() {
        let error = #expect(throws: TrainingError.self) {
            try MemoryPlan.fitting(
                2 << 30, concurrentSequences: 256, activationCheckpointing: false,
                make: { plan($0, $1, checkpointing: false) })
        }
        #expect(error?.kind == .memory)
        let text = error?.description ?? ""
        #expect(text.contains("the limit is 2.00 GiB") && text.contains("model.lora"), "\(text)")
    }

    @Test func readsTheMachine() throws {
        let (resident, peak, available) = try (
            #require(MachineMemory.resident), #require(MachineMemory.peak), #require(MachineMemory.available)
        )
        #expect(resident > 1 << 20 && peak >= resident && available > 0)
    }
}
