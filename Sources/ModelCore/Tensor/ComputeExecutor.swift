import Foundation
import Synchronization

/// A thread for numeric work, as the executor of the actor that owns a model.
///
/// Swift's cooperative pool has one thread a core; a training step on it would stop timers and sockets of the whole process.
public final class ComputeExecutor: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isFinished = false
    }

    /// The queue of jobs and the condition that guards it. Kept apart from the executor so that the thread does not keep the executor alive.
    private final class Queue: Sendable {
        private let state = Mutex(State())
        private let signal = DispatchSemaphore(value: 0)

        func push(_ job: UnownedJob) {
            state.withLock { $0.jobs.append(job) }
            signal.signal()
        }

        func finish() {
            state.withLock { $0.isFinished = true }
            signal.signal()
        }

        /// The next job, waiting for it; nil when no more will come.
        func pop() -> UnownedJob? {
            while true {
                signal.wait()
                let (job, finished) = state.withLock { state -> (UnownedJob?, Bool) in
                    (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isFinished)
                }
                if let job { return job }
                if finished { return nil }
            }
        }
    }

    private let queue = Queue()

    public init(name: String) {
        // The attention of deep forests recurses nowhere, but Thread's default of 512 KiB leaves little room for libraries.
        let thread = Thread { [queue, unowned self] in
            while let job = queue.pop() { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { queue.finish() }

    public func enqueue(_ job: consuming ExecutorJob) { queue.push(UnownedJob(job)) }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}
