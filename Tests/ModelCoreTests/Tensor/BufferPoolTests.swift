import ModelCore
import Testing

@Suite(.serialized) struct BufferPoolTests {
    /// 8 MiB.
    private let large = 1 << 21

    @Test func takesBackWhatWasGiven() {
        let first = Buffer(count: large)
        let address = first.pointer
        withExtendedLifetime(first) {}
        _ = consume first
        let second = Buffer(count: large)
        #expect(second.pointer == address)
    }

    @Test func freeMemoryOfOneShapeMakesRoomForAnother() {
        let usual = BufferPool.shared.maximumFreeBytes
        BufferPool.shared.maximumFreeBytes = 0
        defer { BufferPool.shared.maximumFreeBytes = usual }
        BufferPool.shared.releaseFree()
        let before = BufferPool.shared.bytes
        do { _ = Buffer(count: 4 * large) }
        #expect(BufferPool.shared.bytes == before + 16 * large)
        // Three quarters of the size: another class. The free one goes back first.
        let other = Buffer(count: 3 * large)
        other.pointer.update(repeating: 1, count: other.count)
        #expect(BufferPool.shared.bytes == before + 12 * large)
    }

    @Test func keepsSomeFreeMemoryForShapesThatComeAgain() {
        let usual = BufferPool.shared.maximumFreeBytes
        BufferPool.shared.maximumFreeBytes = 64 * large
        defer { BufferPool.shared.maximumFreeBytes = usual }
        BufferPool.shared.releaseFree()
        let before = BufferPool.shared.bytes
        for size in 1...40 { _ = Buffer(count: size * large) }
        #expect(BufferPool.shared.bytes > before)
        #expect(BufferPool.shared.bytes <= before + 64 * large + 4 * 41 * large)
        // A size class is an eighth wide: the bound above leaves room for one buffer.
        BufferPool.shared.releaseFree()
        #expect(BufferPool.shared.bytes == before)
    }

    @Test func aLittleSmallerOneTakesTheSameMemory() {
        BufferPool.shared.releaseFree()
        do { _ = Buffer(count: 5 * large) }
        let before = BufferPool.shared.bytes
        do { _ = Buffer(count: 5 * large - large / 2) }
        #expect(BufferPool.shared.bytes == before)
        // Its class has come back whole.
        do { _ = Buffer(count: 5 * large) }
        #expect(BufferPool.shared.bytes == before)
    }

    @Test func givesFreeMemoryBackWhenTold() {
        do { _ = Buffer(count: 5 * large) }
        let before = BufferPool.shared.bytes
        BufferPool.shared.releaseFree()
        #expect(BufferPool.shared.bytes <= before - 20 * large)
    }
}
