import ModelCore

extension Trainer {
    /// What the run will need, held to the limit where one is set.
    ///
    /// - Throws: ``TrainingError`` when it is more than the run may take, or than the machine has.
    func planMemory(_ work: [MemoryPlan.Work]) throws(TrainingError) -> MemoryPlan {
        let memory = configuration.memory
        let held = ModelMemory(model: model.configuration, purpose: configuration.model.purpose).held
        BufferPool.shared.releaseFree()
        if memory.limitGiB != nil { BufferPool.shared.maximumFreeBytes = Self.freeBytesUnderLimit }
        // Code, data and tokenizer are there already, and so is what is held all the time. What lies free counts too.
        let process =
            max(0, (MachineMemory.resident ?? 0) - held) + Self.libraryBytes
            + (memory.limitGiB == nil ? 0 : Self.freeBytesUnderLimit)
        func plan(_ sequences: Int, _ divisor: Int) -> MemoryPlan {
            MemoryPlan(
                model: model.configuration, purpose: configuration.model.purpose,
                work: work.map { work in
                    var work = work
                    work.microBatchTokens = max(1, work.microBatchTokens / divisor)
                    return work
                }, concurrentSequences: sequences, activationCheckpointing: memory.activationCheckpointing,
                process: process)
        }
        guard let limit = memory.limitGiB else {
            // What is free differs from run to run, and a run's numbers must not: nothing is made smaller without being asked.
            let whole = plan(memory.concurrentSequences, 1)
            guard let available = MachineMemory.available, let resident = MachineMemory.resident,
                whole.peak > available + resident
            else { return whole }
            throw TrainingError(
                .memory,
                "the run would need \(whole.description), and the machine has \(MemoryPlan.gibibytes(available)) free: set 'memory.limitGiB' to a little less, and the run is made to fit"
            )
        }
        return try MemoryPlan.fitting(
            Int(limit * 1024 * 1024 * 1024), concurrentSequences: memory.concurrentSequences,
            activationCheckpointing: memory.activationCheckpointing, make: plan)
    }

    /// Work areas of OpenBLAS, stacks and the heap's small change, measured: some 64 MiB.
    private static let libraryBytes = 64 << 20

    /// Of free buffers, where memory is scarce.
    private static let freeBytesUnderLimit = 32 << 20

    /// The phase's budget of a forward and backward pass, as far as memory allows it.
    var microBatchTokens: Int {
        memoryPlan?.microBatchTokens[state.phase] ?? configuration.phases[state.phase].microBatchTokens
    }

    /// - Parameter precision: of the weights as decoding reads them.
    func generator(_ precision: WeightPrecision = .float32) -> Generator {
        Generator(
            model: model, tokenizer: tokenizer,
            maximumConcurrentSequences: memoryPlan?.concurrentSequences ?? configuration.memory.concurrentSequences,
            precision: precision)
    }
}
