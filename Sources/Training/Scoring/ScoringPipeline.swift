import Synchronization

/// Scores a batch in parts while the rest of it is still being decoded.
///
/// The parts are cut by the batch's order and never by time, and put together in it: what comes out does not depend on when replies come.
struct ScoringPipeline: Sendable {
    let rewards: RewardList
    let use: RewardUse
    /// A name that no other batch of the run has.
    let batch: String

    /// Groups that are sent together.
    static let groupsPerPart = 16

    struct Part: Sendable {
        /// The number of its first group.
        let first: Int
        let groups: [RewardGroup]
    }

    struct Outcome: Sendable {
        /// Of all groups of the batch.
        var scores: RewardList.Scores
        /// Wall time in which at least one part was being scored.
        var seconds: Double
    }

    /// Scores parts as they come.
    ///
    /// - Returns: nil when there were none.
    func run(_ parts: AsyncStream<Part>) async throws -> Outcome? {
        let meter = BusyMeter()
        let scored = try await withThrowingTaskGroup(of: (Int, RewardList.Scores).self) { group in
            for await part in parts {
                group.addTask {
                    meter.begin()
                    defer { meter.end() }
                    return (
                        part.first, try await rewards.score(part.groups, batch: batch, first: part.first, for: use)
                    )
                }
            }
            var scored: [(first: Int, scores: RewardList.Scores)] = []
            for try await part in group { scored.append(part) }
            return scored.sorted { $0.first < $1.first }
        }
        guard var scores = scored.first?.scores else { return nil }
        for part in scored.dropFirst() { scores.append(part.scores) }
        return Outcome(scores: scores, seconds: meter.seconds)
    }

    /// Collects groups until a part is whole.
    struct Collector {
        private var groups: [RewardGroup?]
        private var missing: [Int]

        init(count: Int) {
            groups = .init(repeating: nil, count: count)
            missing = stride(from: 0, to: count, by: groupsPerPart).map { min(groupsPerPart, count - $0) }
        }

        /// Takes a group.
        ///
        /// - Returns: the part that is whole with it.
        mutating func add(_ group: RewardGroup, at index: Int) -> Part? {
            let part = index / groupsPerPart
            if groups[index] == nil { missing[part] -= 1 }
            groups[index] = group
            guard missing[part] == 0 else { return nil }
            let range = part * groupsPerPart..<min((part + 1) * groupsPerPart, groups.count)
            return Part(first: range.lowerBound, groups: groups[range].compactMap { $0 })
        }
    }
}

/// The wall time in which at least one of several things was going on.
private final class BusyMeter: Sendable {
    private struct State {
        var running = 0
        var since = ContinuousClock.now
        var total = Duration.zero
    }

    private let state = Mutex(State())

    func begin() {
        state.withLock { state in
            if state.running == 0 { state.since = .now }
            state.running += 1
        }
    }

    func end() {
        state.withLock { state in
            state.running -= 1
            if state.running == 0 { state.total += ContinuousClock.now - state.since }
        }
    }

    var seconds: Double { state.withLock { $0.total / .seconds(1) } }
}
