/// The steps of a run with the highest held-out reward.
struct BestCheckpoints {
    let count: Int
    private var best: [(step: Int, reward: Double)] = []

    init(count: Int) { self.count = count }

    /// The best first; of equal ones, the earlier.
    var steps: [Int] { best.map(\.step) }

    mutating func note(_ metrics: StepMetrics) {
        // Before the first step there is no checkpoint to keep.
        guard let reward = metrics.heldOut?.reward, metrics.step > 0 else { return }
        let place = best.firstIndex { $0.reward < reward } ?? best.count
        guard place < count else { return }
        best.insert((metrics.step, reward), at: place)
        if best.count > count { best.removeLast() }
    }
}
