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
            for await batch in batches {
                guard !Task.isCancelled else { return }
                await comparing.compare(batch)
            }
        }
    }

    /// Has a batch compared, when there is time for it. Returns at once.
    func submit(_ groups: [RewardGroup], batch: String, scores: RewardList.Scores) {
        comparing.expect()
        let result = waiting.yield(Batch(groups: groups, name: batch, scores: scores.parts[index].items))
        guard case .enqueued = result else { return comparing.skip() }
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
        comparing.giveUp()
    }

    /// Gives up what is still to be compared.
    ///
    /// - Returns: what ``takeReport()`` does, with the batches that have been given up.
    func giveUp() -> MirrorReport? {
        waiting.finish()
        worker.cancel()
        comparing.giveUp()
        return takeReport()
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
        private let state = Mutex(State())

        private struct State {
            var report: MirrorReport?
            var isFailing = false
            /// Batches that are waiting.
            var waiting = 0
            var isUnderWay = false
            /// Nobody asks any more: what is under way has been counted.
            var isGivenUp = false

            mutating func add(_ describe: (inout MirrorReport) -> Void) {
                var one = MirrorReport()
                describe(&one)
                var sum = report ?? MirrorReport()
                sum.add(one)
                report = sum
            }
        }

        init(scoring: SourceScoring, logger: Logger) {
            self.scoring = scoring
            self.logger = logger
        }

        /// A batch is going to wait.
        func expect() { state.withLock { $0.waiting += 1 } }

        /// There was no room for it.
        func skip() {
            state.withLock { state in
                guard !state.isGivenUp else { return }
                state.waiting -= 1
                state.add { $0.skippedBatches = 1 }
            }
        }

        func compare(_ batch: Batch) async {
            let isWanted = state.withLock { state in
                guard !state.isGivenUp else { return false }
                state.waiting -= 1
                state.isUnderWay = true
                return true
            }
            guard isWanted else { return }
            let begin = ContinuousClock.now
            do {
                let scores = try await scoring.score(batch.groups, batch: batch.name)
                let report = MirrorReport(
                    batch.scores, scores.items, fingerprint: scores.sightings.last?.fingerprint,
                    seconds: (ContinuousClock.now - begin) / .seconds(1))
                _ = end(isFailing: false) { $0 = report }
            } catch {
                // It has been given up, and is counted then.
                if Task.isCancelled { return }
                let isNew = end(isFailing: true) {
                    $0.failedBatches = 1
                    $0.lastFailure = "\(error)"
                }
                // Once, not for every batch.
                guard isNew else { return }
                logger.warning("the mirror has no scores; training goes on without it", metadata: ["cause": "\(error)"])
            }
        }

        /// - Returns: whether it has not been so before.
        private func end(isFailing: Bool, _ describe: (inout MirrorReport) -> Void) -> Bool {
            state.withLock { state in
                guard !state.isGivenUp else { return false }
                state.isUnderWay = false
                state.add(describe)
                defer { state.isFailing = isFailing }
                return isFailing != state.isFailing
            }
        }

        /// Counts what has not been compared, and no more from here on: no batch is without an account.
        func giveUp() {
            state.withLock { state in
                guard !state.isGivenUp else { return }
                state.isGivenUp = true
                if state.isUnderWay {
                    state.add {
                        $0.failedBatches = 1
                        $0.lastFailure = "it had no answer yet when nobody waited for it any longer"
                    }
                }
                let waiting = state.waiting
                if waiting > 0 { state.add { $0.skippedBatches = waiting } }
            }
        }

        func takeReport() -> MirrorReport? { state.withLock { $0.report.take() } }
    }
}
