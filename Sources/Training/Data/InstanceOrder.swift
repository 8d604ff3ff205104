import ModelCore

/// The order in which things are drawn: one seeded shuffle after the other, each of all of them.
struct InstanceOrder {
    /// How far the drawing has come. All that a resumed run needs to know.
    struct Cursor: Codable, Sendable, Equatable {
        var epoch = 0
        var position = 0
    }

    private(set) var cursor: Cursor
    private let count: Int
    private let seeds: SeedSequence
    private var shuffled: [Int]

    /// - Precondition: `count` is positive.
    init(count: Int, seed: UInt64, cursor: Cursor = Cursor()) {
        precondition(count > 0, "there is nothing to draw from")
        self.count = count
        self.cursor = cursor
        seeds = SeedSequence(seed)
        shuffled = Self.shuffle(count, seeds, epoch: cursor.epoch)
    }

    mutating func next(_ number: Int) -> [Int] {
        var drawn: [Int] = []
        while drawn.count < number {
            if cursor.position == count {
                cursor = Cursor(epoch: cursor.epoch + 1, position: 0)
                shuffled = Self.shuffle(count, seeds, epoch: cursor.epoch)
            }
            drawn.append(shuffled[cursor.position])
            cursor.position += 1
        }
        return drawn
    }

    private static func shuffle(_ count: Int, _ seeds: SeedSequence, epoch: Int) -> [Int] {
        var generator = RandomGenerator(seed: seeds.seed(UInt64(epoch)))
        return (0..<count).shuffled(using: &generator)
    }
}
