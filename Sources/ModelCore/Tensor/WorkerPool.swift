import CKernels
import Foundation
import Synchronization

/// Threads that wait for parts of numeric work: a moment in a loop, so that a layer's many small products follow each other within
/// microseconds, and then asleep, so that an idle process costs nothing.
final class WorkerPool: Sendable {
    static let shared = WorkerPool()

    /// The job: its number in the upper half, then the next part and the number of parts, 16 bits each. A part is taken by
    /// exchanging the word, so a thread that is late takes nothing of a job that has ended.
    private let ticket = Atomic<UInt64>(0)
    private let finishedParts = Atomic<Int>(0)
    private let isBusy = Atomic<Bool>(false)
    /// Workers with a higher number rest.
    private let workerLimit = Atomic<Int>(0)
    private let workers = Mutex<[Worker]>([])
    private let current = CurrentBody()

    /// Read only between taking a part and finishing it, while `run` cannot return.
    private final class CurrentBody: @unchecked Sendable {
        var call: ((Int) -> Void)?

        /// Not inlined: the closure is let go of when it returns, before the part counts as finished and `run` may return.
        @inline(never)
        func perform(_ part: Int) { call?(part) }
    }

    private final class Worker: Sendable {
        let isAsleep = Atomic<Bool>(false)
        let signal = DispatchSemaphore(value: 0)
    }

    /// Some 50 µs: longer than the gaps between a layer's products, shorter than a scheduler's slice.
    private static let patience = 3_000
    private static let largestCount = Int(UInt16.max)

    /// Runs `body(0) ... body(count - 1)` on the calling thread and `threads - 1` others. Returns false and runs nothing when another
    /// thread's work is on or the parts are too many.
    func run(_ count: Int, threads: Int, _ body: (Int) -> Void) -> Bool {
        guard count <= Self.largestCount,
            isBusy.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return false }
        defer { isBusy.store(false, ordering: .releasing) }
        let hired = hire(threads - 1)
        withoutActuallyEscaping(body) { body in
            current.call = body
            finishedParts.store(0, ordering: .relaxed)
            let job = (ticket.load(ordering: .relaxed) >> 32) &+ 1
            ticket.store(job << 32 | UInt64(count), ordering: .sequentiallyConsistent)
            for worker in hired.prefix(threads - 1) where worker.isAsleep.load(ordering: .sequentiallyConsistent) {
                worker.signal.signal()
            }
            while let part = takePart() { perform(part) }
            var waits = 0
            while finishedParts.load(ordering: .acquiring) < count {
                waits += 1
                // A worker that has been put aside by the scheduler needs the core more than this loop does.
                if waits < Self.patience { stepwise_pause() } else { sched_yield() }
            }
            current.call = nil
        }
        return true
    }

    private func takePart() -> Int? {
        var word = ticket.load(ordering: .acquiring)
        while true {
            let (next, count) = ((word >> 16) & 0xFFFF, word & 0xFFFF)
            guard next < count else { return nil }
            let result = ticket.compareExchange(
                expected: word, desired: word &+ 1 << 16, ordering: .acquiringAndReleasing)
            if result.exchanged { return Int(next) }
            word = result.original
        }
    }

    private func perform(_ part: Int) {
        current.perform(part)
        finishedParts.add(1, ordering: .acquiringAndReleasing)
    }

    /// At least `count` workers, started when first needed.
    private func hire(_ count: Int) -> [Worker] {
        workerLimit.store(count, ordering: .relaxed)
        return workers.withLock { workers in
            while workers.count < count {
                let (worker, number) = (Worker(), workers.count)
                workers.append(worker)
                let thread = Thread { [self] in serve(worker, number: number) }
                thread.name = "numeric-\(number)"
                thread.stackSize = 8 << 20
                thread.start()
            }
            return workers
        }
    }

    private func serve(_ worker: Worker, number: Int) {
        var waits = 0
        while true {
            if number < workerLimit.load(ordering: .relaxed), let part = takePart() {
                perform(part)
                waits = 0
            } else if waits < Self.patience {
                waits += 1
                stepwise_pause()
            } else {
                worker.isAsleep.store(true, ordering: .sequentiallyConsistent)
                // Work that came between the last look and falling asleep would otherwise wait for the next.
                let word = ticket.load(ordering: .sequentiallyConsistent)
                if (word >> 16) & 0xFFFF >= word & 0xFFFF || number >= workerLimit.load(ordering: .relaxed) {
                    worker.signal.wait()
                }
                worker.isAsleep.store(false, ordering: .sequentiallyConsistent)
                waits = 0
            }
        }
    }
}
