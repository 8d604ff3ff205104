import CKernels
import Foundation

/// Draws tokens from rows of logits. Reuses its scratch memory, so one sampler serves one thread.
package struct Sampler {
    package struct Draw: Equatable, Sendable {
        package let token: TokenID
        /// Of the token under softmax(logits / temperature), before top-k, top-p and min-p; under softmax(logits) when
        /// greedy. This is what a policy gradient's ratio needs: training scores the same quantity.
        package let logProbability: Float
    }

    private let parameters: SamplingParameters
    /// exp((logit - highest) / temperature), one per token of the vocabulary.
    private var weights: [Float] = []
    private var candidates: [Candidate] = []

    private struct Candidate {
        let weight: Float
        let token: Int32

        /// Likelier first, lower id among equals: a total order, so that ties do not depend on the algorithm.
        func precedes(_ other: Candidate) -> Bool {
            weight != other.weight ? weight > other.weight : token < other.token
        }
    }

    package init(parameters: SamplingParameters) {
        self.parameters = parameters
    }

    /// Draws one token from `logits` [V] with one number of `generator` (none when greedy). Returns nil when a logit is
    /// NaN or positive infinity, or all are negative infinity.
    package mutating func draw(from logits: UnsafeBufferPointer<Float>, using generator: inout RandomGenerator) -> Draw?
    {
        guard let base = logits.baseAddress, !logits.isEmpty else { return nil }
        let highest = stepwise_max(base, logits.count)
        guard highest.isFinite else { return nil }

        let inverse = parameters.isGreedy ? 1 : 1 / parameters.temperature
        if weights.count != logits.count { weights = [Float](repeating: 0, count: logits.count) }
        let total = weights.withUnsafeMutableBufferPointer { weights in
            weights.baseAddress.map { stepwise_exp_scaled(base, logits.count, highest, inverse, $0) } ?? .nan
        }
        // A single logit that is not a number makes the sum none.
        guard total.isFinite else { return nil }
        let token: Int
        if parameters.isGreedy {
            token = logits.firstIndex(of: highest) ?? 0
        } else {
            let uniform = generator.nextUniformDouble()
            let isFiltered = parameters.topK != nil || parameters.topP != nil || parameters.minP != nil
            token = isFiltered ? drawFiltered(uniform, total: total) : drawFromAll(uniform, total: total)
        }
        let logProbability = Double((logits[token] - highest) * inverse) - log(total)
        return Draw(token: TokenID(token), logProbability: Float(logProbability))
    }

    /// Inverse transform over the whole vocabulary in order of ids.
    private func drawFromAll(_ uniform: Double, total: Double) -> Int {
        let target = uniform * total
        var sum = 0.0
        var last = 0
        return weights.withUnsafeBufferPointer { weights in
            for index in weights.indices where weights[index] > 0 {
                sum += Double(weights[index])
                last = index
                if target < sum { return index }
            }
            return last  // only by rounding of the sum
        }
    }

    /// Inverse transform over what the filters leave, likeliest first.
    private mutating func drawFiltered(_ uniform: Double, total: Double) -> Int {
        let kept = filter(total: total)
        var target = uniform * kept.reduce(0.0) { $0 + Double($1.weight) }
        for candidate in kept {
            target -= Double(candidate.weight)
            if target < 0 { return Int(candidate.token) }
        }
        return Int(kept[kept.count - 1].token)  // only by rounding of the sum
    }

    /// The candidates that top-k, top-p and min-p leave, likeliest first; never empty.
    private mutating func filter(total: Double) -> ArraySlice<Candidate> {
        candidates.removeAll(keepingCapacity: true)
        for (token, weight) in weights.enumerated() where weight > 0 {
            candidates.append(Candidate(weight: weight, token: Int32(token)))
        }
        let limit = min(parameters.topK ?? candidates.count, candidates.count)
        // A heap gives the likeliest first without sorting a vocabulary of which a few tokens are needed.
        heapify()
        var likeliest: [Candidate] = []
        var mass = total
        if parameters.topK != nil {
            while likeliest.count < limit { likeliest.append(popHeap()) }
            mass = likeliest.reduce(0) { $0 + Double($1.weight) }
        }
        let neededMass = parameters.topP.map { $0 < 1 ? Double($0) * mass : .infinity } ?? .infinity
        var kept = 0
        var sum = 0.0
        while kept < limit && sum < neededMass {
            if kept == likeliest.count { likeliest.append(popHeap()) }
            let candidate = likeliest[kept]
            // Weights fall, so the first one below min-p ends the set. The likeliest always passes: minP <= 1.
            if let minP = parameters.minP, candidate.weight < minP * likeliest[0].weight { break }
            sum += Double(candidate.weight)
            kept += 1
        }
        return likeliest[..<kept]
    }

    private mutating func heapify() {
        guard candidates.count > 1 else { return }
        for root in stride(from: candidates.count / 2 - 1, through: 0, by: -1) {
            siftDown(root)
        }
    }

    private mutating func popHeap() -> Candidate {
        let top = candidates[0]
        let last = candidates.removeLast()
        if !candidates.isEmpty {
            candidates[0] = last
            siftDown(0)
        }
        return top
    }

    private mutating func siftDown(_ start: Int) {
        var root = start
        while true {
            var first = root
            for child in (2 * root + 1)...(2 * root + 2) where child < candidates.count {
                if candidates[child].precedes(candidates[first]) { first = child }
            }
            guard first != root else { return }
            candidates.swapAt(root, first)
            root = first
        }
    }
}
