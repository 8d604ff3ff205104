import ModelCore

/// The memory that a run will need at its peak, predicted from its configuration and data before the first step.
///
/// What is trained, its gradients and moments are held all the time; rollouts and updates take turns, and what one leaves the other uses.
package struct MemoryPlan: Equatable {
    /// What the data says about the sizes of a phase.
    package struct Work: Equatable {
        package var method: PhaseConfiguration.Method
        /// Completions of a step, and tokens of each at most.
        package var completions = 0
        package var completionTokens = 0
        /// Prompts of a step's completions, and the cache's tokens for the mean one.
        package var promptCacheTokens = 0
        package var completionsPerPrompt = 1
        /// Tokens of the largest tree, which is never split, and of a step's whole batch.
        package var largestTree = 0
        package var batchTokens = 0
        package var microBatchTokens = 0
        package var needsReference = false

        package init(method: PhaseConfiguration.Method) { self.method = method }
    }

    /// The process before the model is there: code, data, tokenizer.
    package let process: Int
    /// Weights, gradients, moments.
    package let held: Int
    /// The most that rollouts, or completions for the held-out evaluation, need beside it.
    package let rollout: Int
    /// The most that an update needs beside it.
    package let update: Int
    package private(set) var concurrentSequences: Int
    package private(set) var microBatchTokens: [Int]

    package var peak: Int { process + held + max(rollout, update) }

    package init(
        model: ModelConfiguration, purpose: ModelPurpose, work: [Work], concurrentSequences: Int,
        activationCheckpointing: Bool, process: Int
    ) {
        let memory = ModelMemory(model: model, purpose: purpose)
        self.process = process
        self.concurrentSequences = concurrentSequences
        microBatchTokens = work.map(\.microBatchTokens)
        held = memory.held
        rollout = work.map { Self.rollout($0, memory, concurrentSequences) }.max() ?? 0
        update =
            work.map { work in
                let tokens = max(work.largestTree, min(work.microBatchTokens, work.batchTokens))
                return memory.pass(tokens: tokens, activationCheckpointing: activationCheckpointing)
                    + (work.needsReference ? memory.reference : 0)
            }.max() ?? 0
    }

    private static func rollout(_ work: Work, _ memory: ModelMemory, _ concurrentSequences: Int) -> Int {
        guard work.completions > 0 else { return 0 }
        let running = min(concurrentSequences, work.completions)
        let prompts = (running + work.completionsPerPrompt - 1) / work.completionsPerPrompt
        let tokens = running * blocks(work.completionTokens) + prompts * work.promptCacheTokens
        return memory.packedWeights + tokens * memory.cachedToken + 2 * running * memory.logitsRow
            + (work.needsReference ? memory.reference : 0)
    }

    /// The cache grows by blocks of 32 tokens.
    package static func blocks(_ tokens: Int) -> Int { (tokens + 31) / 32 * 32 }

    /// The plan for a limit: fewer completions at a time and smaller micro-batches, as far as it takes and as they go.
    ///
    /// - Parameter make: the plan for a number of concurrent sequences and a divisor of the micro-batches.
    /// - Throws: ``TrainingError`` that says what needs how much and what to lower.
    package static func fitting(
        _ limit: Int, concurrentSequences: Int, activationCheckpointing: Bool,
        make: (_ concurrentSequences: Int, _ divisor: Int) -> MemoryPlan
    ) throws(TrainingError) -> MemoryPlan {
        var (sequences, divisor) = (concurrentSequences, 1)
        var plan = make(sequences, divisor)
        while plan.peak > limit {
            if plan.rollout >= plan.update, sequences > 8 {
                sequences = max(8, sequences / 2)
            } else if plan.update > plan.rollout, divisor < 64 {
                divisor *= 2
            } else {
                break
            }
            plan = make(sequences, divisor)
        }
        guard plan.peak > limit else { return plan }
        var advice: [String] = []
        if !activationCheckpointing, plan.update >= plan.rollout {
            advice.append("set 'memory.activationCheckpointing'")
        }
        advice.append("lower 'grpo.sampling.maximumTokens' or 'grpo.groupSize'")
        advice.append("train adapters ('model.lora', with 'model.weights: bfloat16')")
        throw TrainingError(
            .memory,
            "the run would need \(plan.description), and the limit is \(gibibytes(limit)): \(advice.joined(separator: ", or "))"
        )
    }

    /// Sizes for people.
    package var description: String {
        "\(Self.gibibytes(peak)) at its peak (held: \(Self.gibibytes(held)), rollouts: \(Self.gibibytes(rollout)) more, updates: \(Self.gibibytes(update)) more)"
    }

    package static func gibibytes(_ bytes: Int) -> String {
        let hundredths = (bytes * 100 + (1 << 29)) >> 30
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) GiB"
    }
}
