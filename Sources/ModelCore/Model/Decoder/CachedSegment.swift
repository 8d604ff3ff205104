import CKernels

/// A segment of the decoder's forest: its tokens' keys and values in blocks, and the blocks of its whole path.
///
/// A block holds 32 tokens of every layer and key-value head: keys transposed [width, 32], then values in panels
/// [width / 32, 32, 32]. A segment begins a block of its own, so that siblings never share one.
final class CachedSegment {
    let parent: CachedSegment?
    /// The position of its first token.
    let firstPosition: Int
    private(set) var tokenCount = 0
    var childCount = 0
    /// The normalised last hidden state [d] of the last token on the path.
    private(set) var hidden: Buffer?

    private var ownBlocks: [Buffer] = []
    /// Blocks of the path, root first, and how many tokens each holds; the last one's count is in `lastCount`.
    private(set) var path: UnsafeMutablePointer<UnsafePointer<Float>?>
    private(set) var counts: UnsafeMutablePointer<Int32>
    private(set) var blockCount: Int
    private var capacity: Int

    init(parent: CachedSegment?) {
        self.parent = parent
        firstPosition = parent.map { $0.firstPosition + $0.tokenCount } ?? 0
        blockCount = parent?.blockCount ?? 0
        capacity = blockCount + 4
        path = .allocate(capacity: capacity)
        counts = .allocate(capacity: capacity)
        if let parent {
            path.update(from: parent.path, count: blockCount)
            counts.update(from: parent.counts, count: blockCount)
        }
        parent?.childCount += 1
        hidden = parent?.hidden
    }

    deinit {
        parent?.childCount -= 1
        path.deallocate()
        counts.deallocate()
    }

    /// Where the next last hidden state [d] goes. A child shares its parent's until it has a token of its own.
    func ownHidden(width: Int) -> UnsafeMutablePointer<Float> {
        if let hidden, hidden !== parent?.hidden, childCount == 0 { return hidden.pointer }
        let made = Buffer(count: width)
        hidden = made
        return made.pointer
    }

    /// Makes room for one more token; returns its block and its place in it.
    func append(blockSize: Int) -> (block: UnsafeMutablePointer<Float>, slot: Int) {
        let slot = tokenCount % Int(STEPWISE_BLOCK)
        if slot == 0 {
            // Zeros where there is no token yet: attention reads whole blocks.
            let block = Buffer.zeros(blockSize)
            ownBlocks.append(block)
            if blockCount == capacity { grow() }
            path[blockCount] = UnsafePointer(block.pointer)
            counts[blockCount] = 0
            blockCount += 1
        }
        tokenCount += 1
        counts[blockCount - 1] = Int32(slot + 1)
        return (ownBlocks[ownBlocks.count - 1].pointer, slot)
    }

    private func grow() {
        let larger = UnsafeMutablePointer<UnsafePointer<Float>?>.allocate(capacity: 2 * capacity)
        let largerCounts = UnsafeMutablePointer<Int32>.allocate(capacity: 2 * capacity)
        larger.update(from: path, count: blockCount)
        largerCounts.update(from: counts, count: blockCount)
        path.deallocate()
        counts.deallocate()
        (path, counts, capacity) = (larger, largerCounts, 2 * capacity)
    }
}
