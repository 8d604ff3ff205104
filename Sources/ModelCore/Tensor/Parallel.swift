import Dispatch
import Synchronization

/// Work split over the machine's cores. Parts are fixed by the work, not by who is free, so results do not depend on timing.
package enum Parallel {
    private static let threads = Atomic<Int>(0)

    /// The number of threads that numeric work uses; all cores unless set.
    package static var threadCount: Int {
        let set = threads.load(ordering: .relaxed)
        return set > 0 ? set : BLAS.defaultThreads
    }

    package static func setThreadCount(_ count: Int) { threads.store(count, ordering: .relaxed) }

    /// Runs `body(0) ... body(count - 1)`, at the same time where there are cores, and returns when all are done.
    package static func run(_ count: Int, _ body: (Int) -> Void) {
        guard count > 1, threadCount > 1 else {
            for index in 0..<count { body(index) }
            return
        }
        guard !WorkerPool.shared.run(count, threads: threadCount, body) else { return }
        // Another thread's work has the pool, or this is work within work.
        withoutActuallyEscaping(body) { escapable in
            // Safe: concurrentPerform returns after the last call, and callers write to disjoint memory.
            let unchecked = UncheckedBody(call: escapable)
            DispatchQueue.concurrentPerform(iterations: count) { unchecked.call($0) }
        }
    }

    /// Runs `body` over `0..<count` in one contiguous range for each thread, or in one when the work is small.
    ///
    /// - Parameter grain: the number of items below which a thread of its own does not pay.
    package static func ranges(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let parts = max(1, min(threadCount, count / max(1, grain)))
        run(parts) { part in body(count * part / parts..<count * (part + 1) / parts) }
    }

    /// Sets `count` floats to zero.
    static func zero(_ pointer: UnsafeMutablePointer<Float>, count: Int) {
        ranges(count, grain: 1 << 18) { range in
            (pointer + range.lowerBound).update(repeating: 0, count: range.count)
        }
    }

    private struct UncheckedBody: @unchecked Sendable {
        let call: (Int) -> Void
    }
}
