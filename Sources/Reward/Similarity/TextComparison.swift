import CSimilarity

/// The fast comparison of texts of the usual kind: up to 65,535 bytes and some 110,000 in the two of a pair (`mostWords`), up to 127 different
/// code points beyond ASCII in the expert text, and not made of repetitions. The rest is for `SymbolMatcher`.
package struct TextComparison: Sendable {
    /// Sets of instructions that the comparison is compiled for.
    package enum Instructions: UInt32, CaseIterable, Sendable {
        case baseline, avx2, avx512

        /// Those that this processor has.
        package static var available: [Instructions] {
            allCases.filter { $0.rawValue <= stepwise_similarity_best_isa().rawValue }
        }

        fileprivate static let best = available.last ?? .baseline
    }

    /// A pair that wants more memory than this (16 MiB) is left to the other matcher.
    private static let mostWords = 1 << 21

    private let instructions: Instructions
    private var expert: [UInt64] = []
    private var expertBytes = 0
    private var scratch: [UInt64] = []

    package init(_ instructions: Instructions? = nil) {
        self.instructions = instructions ?? .best
    }

    /// Takes in an expert text; memory is reused. Returns its code points, nil for a text of another kind.
    package mutating func prepare(_ text: String, autojunk: Bool) -> Int? {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count <= Int(STEPWISE_SIMILARITY_LONGEST) else { return nil }
            expertBytes = bytes.count
            Self.reserve(stepwise_similarity_expert_words(bytes.count), in: &expert)
            let count = expert.withUnsafeMutableBufferPointer {
                stepwise_similarity_prepare($0.baseAddress, bytes.baseAddress, bytes.count, autojunk ? 1 : 0)
            }
            return count < 0 ? nil : Int(count)
        }
    }

    /// M, the code points in matching blocks, and the code points of the action; nil for a pair of another kind.
    ///
    /// - Precondition: the last `prepare` has not returned nil.
    package mutating func matched(_ action: String) -> (matched: Int, count: Int)? {
        var action = action
        return action.withUTF8 { bytes in
            guard bytes.count <= Int(STEPWISE_SIMILARITY_LONGEST) else { return nil }
            var words = stepwise_similarity_scratch_words(expertBytes, bytes.count)
            while words <= Self.mostWords {
                Self.reserve(words, in: &scratch)
                var wanted = scratch.count
                var count: Int64 = 0
                let matched = expert.withUnsafeMutableBufferPointer { expert in
                    scratch.withUnsafeMutableBufferPointer { scratch in
                        stepwise_similarity_matched(
                            expert.baseAddress, scratch.baseAddress, &wanted, bytes.baseAddress, bytes.count, &count,
                            stepwise_similarity_isa(rawValue: instructions.rawValue))
                    }
                }
                if matched >= 0 { return (Int(matched), Int(count)) }
                if wanted <= scratch.count { return nil }
                words = wanted
            }
            return nil
        }
    }

    /// The C code reads some of what it has not written, padding and what is left of other pairs, but that has no effect: so nothing is
    /// cleared here.
    private static func reserve(_ count: Int, in words: inout [UInt64]) {
        if words.count < count { words = [UInt64](unsafeUninitializedCapacity: count) { $1 = count } }
    }
}
