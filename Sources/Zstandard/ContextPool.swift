import CZstd
import Synchronization

/// libzstd contexts with their output buffers, kept for the next stream: making one takes longer than a small body does, and its fresh memory
/// costs a page fault every 4 KiB.
final class ContextPool: Sendable {
    /// Whoever has taken it uses it alone.
    struct Resources: @unchecked Sendable {
        let context: OpaquePointer
        let output: UnsafeMutableRawBufferPointer
    }

    /// More at one time are made and freed as they come.
    private static let maximumIdle = 8

    private let maximumBytes: Int
    private let size: @Sendable (OpaquePointer) -> Int
    private let free: @Sendable (OpaquePointer) -> Void
    private let reset: @Sendable (OpaquePointer) -> Int
    private let idle = Mutex<[Resources]>([])

    /// - Parameters:
    ///   - maximumBytes: a context that has grown larger, by a large window, is not kept.
    ///   - size: a context's bytes.
    ///   - reset: makes a context as good as new; libzstd's code.
    init(
        maximumBytes: Int, size: @escaping @Sendable (OpaquePointer) -> Int,
        free: @escaping @Sendable (OpaquePointer) -> Void, reset: @escaping @Sendable (OpaquePointer) -> Int
    ) {
        self.maximumBytes = maximumBytes
        self.size = size
        self.free = free
        self.reset = reset
    }

    /// Nil when there is no memory for it.
    func take(orMake make: () -> OpaquePointer?, outputBytes: Int) -> Resources? {
        if let kept = idle.withLock({ $0.popLast() }) { return kept }
        guard let context = make() else { return nil }
        return Resources(context: context, output: .allocate(byteCount: outputBytes, alignment: 16))
    }

    func giveBack(_ resources: Resources) {
        let isKept =
            size(resources.context) <= maximumBytes && ZSTD_isError(reset(resources.context)) == 0
            && idle.withLock { idle in
                guard idle.count < Self.maximumIdle else { return false }
                idle.append(resources)
                return true
            }
        guard !isKept else { return }
        free(resources.context)
        resources.output.deallocate()
    }
}
