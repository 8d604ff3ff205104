import Logging
import ServiceAPI
import Synchronization

/// Has a candidate server score what the run's own server has scored, beside the training: what it says is compared and never used, and where it
/// is slow or fails, training neither waits nor fails.
final class RewardMirror: Sendable {
    /// The source whose scores are compared.
    let index: Int
    private let comparing: Comparing
    private let deadline: Duration
    private let waiting: AsyncStream<Batch>.Continuation
    private let worker: Task<Void, Never>

    private struct Batch: Sendable {
        let groups: [RewardGroup]
        let name: String
        let scores: [[ItemScore]]
    }

    /// Batches that may wait; for more, the candidate is too slow.
    private static let maximumWaiting = 4

    /// - Throws: ``TrainingError`` naming the key of a URL that is none.
    init(
        _ configuration: RewardMirrorConfiguration, source: RewardSource, index: Int, connector: RewardConnector,
        logger: Logger
    ) throws {
        self.index = index
        deadline = .seconds(configuration.deadlineSeconds)
        let client = try connector.connect(source, .brief(configuration.deadlineSeconds))
        let comparing = Comparing(scoring: SourceScoring(source: source, client: client), logger: logger)
        self.comparing = comparing
        let (batches, waiting) = AsyncStream.makeStream(
            of: Batch.self, bufferingPolicy: .bufferingOldest(Self.maximumWaiting))
        self.waiting = waiting
        worker = Task.detached(priority: .utility) {
            for await batch in batches where !Task.isCancelled { await comparing.compare(batch) }
        }
    }

    /// Has a batch compared, when there is time for it. Returns at once.
    func submit(_ groups: [RewardGroup], batch: String, scores: RewardList.Scores) {
        let result = waiting.yield(Batch(groups: groups, name: batch, scores: scores.parts[index].items))
        if case .dropped = result { comparing.add { $0.skippedBatches = 1 } }
    }

    /// What was compared since this was last asked; nil when nothing was.
    func takeReport() -> MirrorReport? { comparing.takeReport() }

    /// Waits for the batches that are still to be compared, but no longer than one may take.
    func finish() async {
        waiting.finish()
        let timer = Task { [worker, deadline] in
            try? await Task.sleep(for: deadline)
            worker.cancel()
        }
        await withTaskCancellationHandler {
            await worker.value
        } onCancel: {
            worker.cancel()
        }
        timer.cancel()
    }

    /// Gives up what is still to be compared and lets go of the connections.
    func stop() async {
        waiting.finish()
        worker.cancel()
        await worker.value
        await comparing.scoring.client.shutdown()
    }

    /// Compares batches, and keeps what came of it until somebody asks.
    private final class Comparing: Sendable {
        let scoring: SourceScoring
        private let logger: Logger
        private let state = Mutex((report: MirrorReport?.none, isFailing: false))

        init(scoring: SourceScoring, logger: Logger) {
            self.scoring = scoring
            self.logger = logger
        }

        func compare(_ batch: Batch) async {
            let begin = ContinuousClock.now
            do {
                let scores = try await scoring.score(batch.groups, batch: batch.name)
                let report = MirrorReport(
                    batch.scores, scores.items, fingerprint: scores.sightings.last?.fingerprint,
                    seconds: (ContinuousClock.now - begin) / .seconds(1))
                add { $0 = report }
                state.withLock { $0.isFailing = false }
            } catch {
                if Task.isCancelled { return }
                add {
                    $0.failedBatches = 1
                    $0.lastFailure = "\(error)"
                }
                // Once, not for every batch.
                let isNew = state.withLock { state in
                    defer { state.isFailing = true }
                    return !state.isFailing
                }
                guard isNew else { return }
                logger.warning("the mirror has no scores; training goes on without it", metadata: ["cause": "\(error)"])
            }
        }

        func add(_ describe: (inout MirrorReport) -> Void) {
            var one = MirrorReport()
            describe(&one)
            state.withLock { state in
                var report = state.report ?? MirrorReport()
                report.add(one)
                state.report = report
            }
        }

        func takeReport() -> MirrorReport? { state.withLock { $0.report.take() } }
    }
}
