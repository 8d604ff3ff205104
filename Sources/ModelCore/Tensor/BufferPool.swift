import Foundation
import Synchronization

/// Float storage that comes from a pool and goes back to it, so that a training loop's memory does not grow.
///
/// Confined to the thread that runs the model, as tensors are; not Sendable.
package final class Buffer {
    package let pointer: UnsafeMutablePointer<Float>
    package let count: Int
    private let capacity: Int
    private let owner: AnyObject?

    /// Uninitialised storage for `count` floats from the shared pool.
    package init(count: Int) {
        self.count = count
        (pointer, capacity) = BufferPool.shared.take(count)
        owner = nil
    }

    /// A view of storage that `owner` keeps alive.
    package init(viewing pointer: UnsafeMutablePointer<Float>, count: Int, owner: AnyObject) {
        self.pointer = pointer
        self.count = count
        capacity = 0
        self.owner = owner
    }

    deinit {
        if owner == nil { BufferPool.shared.give(pointer, capacity: capacity) }
    }

    package static func zeros(_ count: Int) -> Buffer {
        let buffer = Buffer(count: count)
        buffer.pointer.update(repeating: 0, count: count)
        return buffer
    }
}

/// Freed buffers by size class, so that the next step takes what this one gave back.
///
/// Of free large buffers it keeps ``maximumFreeBytes`` for shapes that come again; what is more goes back to the system before new memory is asked
/// for. What a process holds so stays near the most that was in use at one time, whatever shapes came one after the other. Results do not
/// depend on any of this.
public final class BufferPool: Sendable {
    public static let shared = BufferPool()

    private struct State {
        var free: [Int: [UInt]] = [:]
        var bytes = 0
        /// Bytes of free large buffers.
        var freeBytes = 0
        /// An eighth of the machine's memory: a rollout phase's cache is there again when the next one begins.
        var maximumFreeBytes = max(512 << 20, Int(clamping: ProcessInfo.processInfo.physicalMemory / 8))
    }

    private let state = Mutex(State())

    /// From this size on a buffer is mapped by itself, and its memory can go back to the system.
    private static let largeBytes = 1 << 20
    /// From this size on huge pages are asked for: a model's weights are read from end to end all the time.
    private static let hugePageBytes = 1 << 23

    /// Bytes that the pool holds, in use or free.
    package var bytes: Int { state.withLock { $0.bytes } }

    /// What may lie free: new memory costs page faults, and training's shapes differ from step to step.
    public var maximumFreeBytes: Int {
        get { state.withLock { $0.maximumFreeBytes } }
        set { state.withLock { $0.maximumFreeBytes = newValue } }
    }

    /// Gives all free large buffers back to the system: before a phase of work that needs memory of another kind.
    public func releaseFree() { release(downTo: 0) }

    fileprivate func take(_ count: Int) -> (UnsafeMutablePointer<Float>, capacity: Int) {
        let capacity = Self.sizeClass(count)
        let bytes = Self.bytes(capacity)
        let isLarge = bytes >= Self.largeBytes
        let found = state.withLock { state -> (address: UInt, capacity: Int)? in
            // Large ones also from the next two classes: micro-batches that differ by a few tokens use each other's memory.
            var fitting = capacity
            for _ in 0..<(isLarge ? 3 : 1) {
                if let address = state.free[fitting]?.popLast() {
                    if isLarge { state.freeBytes -= Self.bytes(fitting) }
                    return (address, fitting)
                }
                fitting = Self.sizeClass(fitting + 1)
            }
            return nil
        }
        if let found, let pointer = UnsafeMutablePointer<Float>(bitPattern: found.address) {
            return (pointer, found.capacity)
        }
        // Room for the new one first: the process never holds both.
        if isLarge { release(downTo: max(0, maximumFreeBytes - bytes)) }
        state.withLock { $0.bytes += bytes }
        return (Self.allocate(capacity), capacity)
    }

    fileprivate func give(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
        let bytes = Self.bytes(capacity)
        state.withLock {
            $0.free[capacity, default: []].append(UInt(bitPattern: pointer))
            if bytes >= Self.largeBytes { $0.freeBytes += bytes }
        }
    }

    /// Returns free large buffers to the system, the largest first, until at most `kept` bytes lie free.
    private func release(downTo kept: Int) {
        let released = state.withLock { state in
            var released: [(address: UInt, bytes: Int)] = []
            guard state.freeBytes > kept else { return released }
            for capacity in state.free.keys.sorted(by: >) where Self.bytes(capacity) >= Self.largeBytes {
                while state.freeBytes > kept, let address = state.free[capacity]?.popLast() {
                    released.append((address, Self.bytes(capacity)))
                    state.freeBytes -= Self.bytes(capacity)
                    state.bytes -= Self.bytes(capacity)
                }
            }
            return released
        }
        for buffer in released { munmap(UnsafeMutableRawPointer(bitPattern: buffer.address), buffer.bytes) }
    }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Float> {
        let bytes = bytes(capacity)
        guard bytes >= largeBytes else {
            return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
                .bindMemory(to: Float.self, capacity: capacity)
        }
        let mapping = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapping, mapping != MAP_FAILED else {
            fatalError("out of memory: \(bytes) bytes more were refused (\(String(cString: strerror(errno))))")
        }
        // Advice only: where huge pages are off it has no effect.
        if bytes >= hugePageBytes { madvise(mapping, bytes, MADV_HUGEPAGE) }
        return mapping.bindMemory(to: Float.self, capacity: capacity)
    }

    private static func bytes(_ capacity: Int) -> Int { capacity * MemoryLayout<Float>.stride }

    /// Eight classes for each power of two: at most an eighth is wasted, and similar batches share buffers.
    static func sizeClass(_ count: Int) -> Int {
        let wanted = max(count, 64)
        let step = max(16, 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount - 3))
        return (wanted + step - 1) / step * step
    }
}
