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
package final class BufferPool: Sendable {
    package static let shared = BufferPool()

    private struct State {
        var free: [Int: [UInt]] = [:]
        var bytes = 0
    }

    private let state = Mutex(State())

    /// Bytes that the pool has ever asked the system for, in use or free.
    package var bytes: Int { state.withLock { $0.bytes } }

    fileprivate func take(_ count: Int) -> (UnsafeMutablePointer<Float>, capacity: Int) {
        let capacity = Self.sizeClass(count)
        let address = state.withLock { state -> UInt? in
            if let address = state.free[capacity]?.popLast() { return address }
            state.bytes += capacity * MemoryLayout<Float>.stride
            return nil
        }
        if let address, let pointer = UnsafeMutablePointer<Float>(bitPattern: address) { return (pointer, capacity) }
        let raw = UnsafeMutableRawPointer.allocate(byteCount: capacity * MemoryLayout<Float>.stride, alignment: 64)
        return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
    }

    fileprivate func give(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
        state.withLock { $0.free[capacity, default: []].append(UInt(bitPattern: pointer)) }
    }

    /// Eight classes for each power of two: at most an eighth is wasted, and similar batches share buffers.
    private static func sizeClass(_ count: Int) -> Int {
        let wanted = max(count, 64)
        let step = max(16, 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount - 3))
        return (wanted + step - 1) / step * step
    }
}
