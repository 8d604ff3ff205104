import Foundation
public import Logging
import ModelCore
import Trajectory

/// What happens in a run, for whoever shows it.
public enum TrainerEvent: Sendable {
    /// Work begins, or goes on after `completed` steps.
    case started(completed: Int, total: Int, parameters: Int)
    /// Tokens that the rollouts of the current step have so far.
    case generating(step: Int, tokens: Int)
    case finishedStep(StepMetrics)
    case checkpoint(step: Int, path: String)
    /// How a candidate's rewards have differed over the whole run; at its end.
    case mirrored(MirrorReport)
    /// Trajectories and instances that a phase leaves out.
    case dropped(phase: Int, [String])
    /// The memory that the run is predicted to need at its peak, in bytes, and that in words.
    case memory(predicted: Int, description: String)
}

/// Trains a model through the phases of a configuration, on a thread of its own.
///
/// The run directory always holds a state that a run can resume from; the same seed, configuration and machine give the same model, whether or
/// not the run was interrupted.
public actor Trainer {
    private let executor: ComputeExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let configuration: TrainerConfiguration
    let run: RunDirectory
    let source: TrainingData
    var rewards: RewardList
    let reloads: (any RewardReloads)?
    var watch = RewardWatch()
    /// What the mirror has said and no line of the metrics has yet.
    var mirrored: MirrorReport?
    let logger: Logger
    let observe: @Sendable (TrainerEvent) -> Void

    let model: CausalLanguageModel
    let tokenizer: any Tokenizer
    /// What ends a text, and what the checkpoint that training began with advises; kept in every checkpoint.
    let generation: GenerationConfiguration
    /// Where the model was read from; nil if it is made anew.
    let origin: String?
    let optimizer: AdamW
    var state: TrainerState
    /// Whether the weights have changed since `state` was true of them.
    var weightsAreAhead = false
    /// The step of the last checkpoint that was written or read.
    var savedStep: Int?
    /// The held-out rewards of the run, and which checkpoints they ask to keep.
    var best: BestCheckpoints
    /// What the run takes of the machine's memory; made before the first step.
    var memoryPlan: MemoryPlan?

    /// - Parameters:
    ///   - rewards: the list that the configuration has, connected; closed by ``close()``.
    ///   - reloads: what is asked between steps for another list.
    ///   - resuming: continue from the run directory's last checkpoint; begin anew when it has none.
    ///   - replayed: the step of the checkpoint to repeat steps from, 0 for the beginning; nothing is taken back then (``replay(through:)``).
    /// - Throws: ``TrainingError``, `CheckpointError`, `TokenizerError`.
    public init(
        _ configuration: TrainerConfiguration, data: TrainingData, rewards: RewardList,
        reloads: (any RewardReloads)? = nil, run: RunDirectory, resuming: Bool = false,
        replayed: Int? = nil, logger: Logger,
        observer: @escaping @Sendable (TrainerEvent) -> Void = { _ in }
    ) throws {
        try configuration.validate()
        executor = ComputeExecutor(name: "trainer")
        self.configuration = configuration
        self.run = run
        source = data
        self.rewards = rewards
        self.reloads = reloads
        self.logger = logger
        observe = observer
        let last = replayed.map { $0 > 0 ? $0 : nil } ?? (resuming ? run.checkpointSteps().last : nil)
        let purpose = configuration.model.purpose
        if let last {
            let checkpoint = run.checkpoint(at: last)
            origin = checkpoint
            (model, tokenizer) = try Checkpoint.load(from: checkpoint, for: purpose)
            let state = try TrainerState.read(from: checkpoint)
            self.state = state
            try Self.requireSameEnds(of: configuration.phases, as: state)
            let phase = configuration.phases[min(state.phase, configuration.phases.count - 1)]
            optimizer = AdamW(parameters: model.trainable, configuration: phase.optimizer.adamW)
            try state.restore(optimizer, from: checkpoint)
            savedStep = last
        } else {
            origin = configuration.model.checkpoint
            if let checkpoint = configuration.model.checkpoint {
                (model, tokenizer) = try Checkpoint.load(from: checkpoint, for: purpose)
            } else {
                let bytes = ByteTokenizer()
                let shape = (configuration.model.fresh ?? FreshModel()).configuration(bytes)
                model = try CausalLanguageModel(configuration: shape, seed: configuration.seed)
                tokenizer = bytes
            }
            state = TrainerState()
            optimizer = AdamW(
                parameters: model.trainable, configuration: configuration.phases[0].optimizer.adamW)
        }
        model.checkpointsActivations = configuration.memory.activationCheckpointing
        generation = try (origin.map { try Checkpoint.generationConfiguration(of: $0) } ?? GenerationConfiguration())
            .completed(for: tokenizer)
        best = BestCheckpoints(count: configuration.checkpoints.keepBest)
        if resuming {
            // Without a checkpoint all is done again, the evaluation before the first step too.
            try run.rewind(to: last == nil ? -1 : state.step)
            // What was pruned when fewer were kept cannot be among them any more.
            let there = Set(run.checkpointSteps())
            for metrics in try run.metrics() where there.contains(metrics.step) { best.note(metrics) }
        }
    }

    /// A phase that has ended stays as long as it was: claiming more steps than were made would be untrue, and its optimiser is gone.
    private static func requireSameEnds(of phases: [PhaseConfiguration], as state: TrainerState) throws(TrainingError) {
        var begin = 0
        for (index, end) in state.phaseEnds.enumerated() {
            guard index < phases.count, phases[index].steps == end - begin else {
                let steps = index < phases.count ? "is \(phases[index].steps)" : "is missing"
                throw TrainingError(
                    .configuration,
                    "'phases[\(index)].steps' \(steps), but the run has ended that phase after \(end - begin) steps: set it back, and train on in a new run from this one's checkpoint ('model.checkpoint')"
                )
            }
            begin = end
        }
    }

    /// Finds out whether every phase has something to train on and, where it is asked for, something to be evaluated on.
    ///
    /// - Throws: ``TrainingError`` naming the setting or the data at fault.
    public func check() throws {
        var work: [MemoryPlan.Work] = []
        for (index, phase) in configuration.phases.enumerated() {
            work.append(try stepData(of: phase, index).work(of: phase))
        }
        if let heldOut = try heldOutEvaluation() { work.append(heldOut.work) }
        let plan = try planMemory(work)
        memoryPlan = plan
        observe(.memory(predicted: plan.peak, description: plan.description))
    }

    /// Trains to the end.
    ///
    /// - Throws: `CancellationError` when the task is cancelled, after a checkpoint of the last whole step has been written; whatever
    ///   makes going on impossible.
    public func train() async throws {
        if memoryPlan == nil { try check() }
        try beginRewards()
        observe(
            .started(
                completed: state.step, total: configuration.totalSteps, parameters: model.trainable.count))
        do {
            while state.phase < configuration.phases.count { try await runPhase() }
        } catch {
            // What has been learnt until here is worth keeping, whatever it was that went wrong.
            if state.step > 0, !weightsAreAhead, savedStep != state.step {
                do {
                    try save()
                } catch let saving {
                    logger.error("the last checkpoint could not be written", metadata: ["error": "\(saving)"])
                }
            }
            throw Task.isCancelled ? CancellationError() : error
        }
        try reportMirror()
    }

    /// Lets go of the connections to the rewards.
    public func close() async { await rewards.shutdown() }

    /// What is trained, in the order of its buffer, for comparisons.
    package func parameters() -> [Float] { model.trainable.snapshot() }

    private func runPhase() async throws {
        let index = state.phase
        let phase = configuration.phases[index]
        let data = try stepData(of: phase, index)
        let heldOut = try heldOutEvaluation()
        if !data.drops.isEmpty {
            observe(.dropped(phase: index, data.drops.map { "\($0.id): \($0.reason)" }))
        }
        logger.info("settings of phase \(index + 1)", metadata: phase.logged)
        // A KL penalty refers to the model at the beginning of its phase.
        let reference = phase.needsReference ? try reference(index) : nil
        if state.step == 0, let heldOut {
            var metrics = StepMetrics(step: 0, phase: 0, method: phase.method)
            metrics.heldOut = try await evaluate(heldOut)
            try finish(metrics)
        }
        while state.stepInPhase < phase.steps {
            try Task.checkCancellation()
            try adoptReload()
            var next = state
            var metrics: StepMetrics
            switch phase.method {
            case .sft: metrics = try supervisedStep(phase, data: data, state: &next)
            case .srl, .rlvr:
                metrics = try await policyStep(phase, data: data, reference: reference, state: &next)
            }
            let isEnd = advance(next, phase)
            metrics.step = state.step
            // An evaluation that is cut off costs one held-out line, not the step.
            if let heldOut, isEnd || state.step.isMultiple(of: configuration.evaluation.interval) {
                do {
                    metrics.heldOut = try await evaluate(heldOut)
                } catch {
                    // The step itself was made, and the checkpoint that is written now has it.
                    try finish(metrics)
                    throw error
                }
            }
            if state.phase == configuration.phases.count { await rewards.mirror?.finish() }
            try finish(metrics)
            if isEnd || state.step.isMultiple(of: configuration.checkpoints.interval) || best.steps.contains(state.step)
            {
                try save()
            }
            if isEnd {
                beginOptimizer()
                return
            }
        }
    }

    /// Makes the state after a step the run's.
    ///
    /// - Returns: whether the step was the last of its phase.
    func advance(_ next: TrainerState, _ phase: PhaseConfiguration) -> Bool {
        var next = next
        next.step += 1
        next.stepInPhase += 1
        if next.stepInPhase == phase.steps {
            next.phaseEnds.append(next.step)
            next.phase += 1
            next.stepInPhase = 0
            next.cursor = InstanceOrder.Cursor()
            next.optimizerSteps = 0
        } else {
            next.optimizerSteps = optimizer.stepCount
        }
        let isEnd = next.phase != state.phase
        state = next
        weightsAreAhead = false
        return isEnd
    }

    /// A phase begins with an optimiser that knows nothing.
    func beginOptimizer() {
        guard state.phase < configuration.phases.count else { return }
        // Not another one: for a moment there would be both.
        optimizer.restart(configuration.phases[state.phase].optimizer.adamW)
    }

    private func evaluate(_ heldOut: HeldOutEvaluation) async throws -> StepMetrics.HeldOut? {
        do {
            let rollouts = try heldOut.complete(with: generator())
            let scores = try await heldOut.score(rollouts, with: rewards, batch: "held-out-\(state.step)")
            try note(scores, of: heldOut.use, step: state.step, state: &state)
            return heldOut.measure(scores.items.map { $0[0] })
        } catch let error {
            guard Task.isCancelled else { throw error }
            return nil
        }
    }

    private func finish(_ metrics: StepMetrics) throws {
        var metrics = metrics
        describeRewards(in: &metrics)
        try run.append(metrics)
        best.note(metrics)
        observe(.finishedStep(metrics))
    }
}
