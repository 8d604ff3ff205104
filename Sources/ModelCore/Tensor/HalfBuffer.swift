/// Storage for 16-bit floats, uninitialised.
///
/// Confined to the thread that runs the model, as ``Buffer`` is; not Sendable.
final class HalfBuffer {
    let pointer: UnsafeMutablePointer<UInt16>
    let count: Int

    init(count: Int) {
        self.count = count
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, count) * MemoryLayout<UInt16>.stride, alignment: 64)
        pointer = raw.bindMemory(to: UInt16.self, capacity: max(1, count))
    }

    deinit { pointer.deallocate() }
}
