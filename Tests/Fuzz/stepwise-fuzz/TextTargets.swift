import CSimilarity
import Foundation
import Reward
import ServiceAPI

/// `math.verify`: the expert's answer in the first line, the prediction in the others.
struct MathTarget: FuzzTarget {
    private let verifier = MathVerifier()

    func run(_ input: ArraySlice<UInt8>) {
        let (expert, prediction) = input.halves
        if let answer = try? verifier.answer(in: prediction) {
            if verifier.verdict(expert: answer, prediction: answer) != .correct { fault("an answer is not itself") }
        }
        guard let answer = try? MathVerifier.answer(written: expert) else { return }
        let verdict = verifier.verdict(expert: answer, prediction: prediction)
        if verifier.verdict(expert: answer, prediction: prediction) != verdict { fault("two verdicts on one pair") }
    }
}

/// `agent.action`: the expert's action in the first line, the model's in the others; both are scored as either.
struct AgentTarget: FuzzTarget {
    private let function: any RewardFunction

    init() throws { function = try RewardRegistry.standard.make(name: "agent.action", parameters: [:]) }

    func run(_ input: ArraySlice<UInt8>) {
        let (expert, action) = input.halves
        for (one, other) in [(expert, action), (action, expert)] {
            let scored = function.score(ScoreGroup(id: "g", expert: one, actions: [other, one]))
            if scored.scores.count != 2 { fault("2 actions, \(scored.scores.count) scores") }
            for case .scored(let reward, _, _) in scored.scores where !(0...1).contains(reward) {
                fault("a reward of \(reward)")
            }
        }
    }
}

/// The fast comparison in C, in every set of instructions that the machine has, beside the general one in Swift.
///
/// The C functions get memory of exactly the size that they asked for, so that AddressSanitizer sees a word too many. The first byte says
/// how the rest becomes two texts: as it is, or as runs and repetitions of few letters, which are the hard ones.
struct SimilarityTarget: FuzzTarget {
    private static let sets = (0...stepwise_similarity_best_isa().rawValue).map(stepwise_similarity_isa.init(rawValue:))

    func run(_ input: ArraySlice<UInt8>) {
        var input = input
        let settings = input.byte()
        let autojunk = settings & 1 != 0
        let cut = Int(input.byte()) * input.count / 256
        let halves = [input.bytes(cut), Array(input)]
        let texts = halves.map {
            settings & 2 == 0 ? String(decoding: $0, as: UTF8.self) : Self.grown($0, settings >> 2)
        }
        var general = GeneralScalarMatcher(expert: texts[1], autojunk: autojunk)
        let wanted = general.ratio(of: texts[0])
        var matcher = ScalarMatcher(expert: texts[1], autojunk: autojunk)
        // Twice: the second time, memory of the first is used again.
        for _ in 0..<2 where matcher.ratio(of: texts[0]) != wanted { fault("not \(wanted)") }
        for set in Self.sets {
            if let ratio = Self.ratio(texts[0], texts[1], autojunk, set), ratio != wanted {
                fault("\(ratio) in set \(set.rawValue), and \(wanted) in general")
            }
        }
    }

    /// Each two bytes are a run, or a piece of what there is already.
    private static func grown(_ bytes: [UInt8], _ letters: UInt8) -> String {
        var text: [UInt8] = []
        for index in stride(from: 0, to: bytes.count - 1, by: 2) where text.count < 20_000 {
            let (kind, count) = (bytes[index], Int(bytes[index + 1]))
            if kind < 200 || text.isEmpty {
                text += repeatElement(33 + kind % (2 + letters), count: 1 + count / 8)
            } else {
                let start = (text.count - 1) * Int(kind - 200) / 55
                text += text[start..<min(text.count, start + count)]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for a pair that is left to the general comparison.
    private static func ratio(
        _ action: String, _ expert: String, _ autojunk: Bool, _ set: stepwise_similarity_isa
    ) -> Double? {
        let (a, b) = (Array(action.utf8), Array(expert.utf8))
        guard max(a.count, b.count) <= Int(STEPWISE_SIMILARITY_LONGEST) else { return nil }
        return withExact(stepwise_similarity_expert_words(b.count)) { prepared -> Double? in
            let total = stepwise_similarity_prepare(prepared, b, b.count, autojunk ? 1 : 0)
            guard total >= 0 else { return nil }
            var words = stepwise_similarity_scratch_words(b.count, a.count)
            for _ in 0..<3 where words < 1 << 21 {
                var wanted = words
                var count: Int64 = 0
                let matched = withExact(words) {
                    stepwise_similarity_matched(prepared, $0, &wanted, a, a.count, &count, set)
                }
                if matched >= 0 {
                    let all = total + count
                    return all == 0 ? 1 : 2 * Double(matched) / Double(all)
                }
                if wanted <= words { return nil }
                words = wanted
            }
            return nil
        }
    }

    private static func withExact<Result>(_ words: Int, _ body: (UnsafeMutablePointer<UInt64>) -> Result) -> Result {
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: words)
        defer { memory.deallocate() }
        return body(memory)
    }
}
