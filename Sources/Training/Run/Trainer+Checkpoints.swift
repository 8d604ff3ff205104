import ModelCore

extension Trainer {
    /// Writes a checkpoint of the last whole step: the model, or its adapters, and what a run needs to continue.
    func save() throws {
        guard savedStep != state.step else { return }
        let path = run.checkpoint(at: state.step)
        // Whole tensors pass through memory, which the last update or rollouts need no more.
        BufferPool.shared.releaseFree()
        let addState = { [self] (folder: String) in
            try state.write(
                optimizer: state.optimizerSteps > 0 ? optimizer : nil, of: model.trainable, into: folder)
        }
        if model.lora != nil, let base = configuration.model.checkpoint {
            // A run may begin with the adapters of another.
            let frozen = try Checkpoint.adapterBase(of: base) ?? base
            try Checkpoint.saveAdapters(model, tokenizer: tokenizer, base: frozen, to: path, addingFiles: addState)
        } else {
            try Checkpoint.save(
                model, tokenizer: tokenizer, generation: generation, to: path, addingFiles: addState)
        }
        savedStep = state.step
        // First: a link must not lead to what is removed.
        try run.linkBestCheckpoint(best.steps.first)
        try run.removeCheckpoints(
            keepingLast: configuration.checkpoints.keepLast, and: state.phaseEnds + best.steps)
        observe(.checkpoint(step: state.step, path: path))
    }

    /// Log-probabilities of the model as it was when the phase began: from the checkpoint of the phase before, or as the run began. Under
    /// adapters the frozen model beneath them is the reference, which takes no memory.
    func reference(_ index: Int) throws -> PolicyUpdate.Reference {
        if model.lora != nil {
            return { [model] in
                try model.logProbabilities(of: $0, in: $1, temperature: $2, usingAdapters: false)
            }
        }
        let purpose = ModelPurpose.inference(weights: .float32)
        let start =
            if index > 0 {
                try Checkpoint.load(from: run.checkpoint(at: state.phaseEnds[index - 1]), for: purpose).model
            } else if let checkpoint = configuration.model.checkpoint {
                try Checkpoint.load(from: checkpoint, for: purpose).model
            } else {
                try CausalLanguageModel(configuration: model.configuration, seed: configuration.seed, for: purpose)
            }
        return { try start.logProbabilities(of: $0, in: $1, temperature: $2) }
    }
}
