import TestSupport

/// Random pairs of texts of few letters, which have many equally long matches: there the order of search decides.
enum TextPairs {
    /// Letters from `first` on.
    static func text(
        _ count: Int, letters: Int, first: UInt32 = 48, _ random: inout SeededGenerator
    ) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<count {
            guard let scalar = Unicode.Scalar(UInt32.random(in: first..<first + UInt32(letters), using: &random)) else {
                continue
            }
            scalars.append(scalar)
        }
        return String(scalars)
    }

    /// Unrelated, or one an edited copy of the other.
    static func random(
        letters: Int, longest: Int, first: UInt32 = 48, _ random: inout SeededGenerator
    ) -> (action: String, expert: String) {
        let expert = text(Int.random(in: 0...longest, using: &random), letters: letters, first: first, &random)
        if Bool.random(using: &random) {
            return (text(Int.random(in: 0...longest, using: &random), letters: letters, first: first, &random), expert)
        }
        var scalars = Array(expert.unicodeScalars)
        for _ in 0..<Int.random(in: 0...8, using: &random) where !scalars.isEmpty {
            let start = Int.random(in: 0..<scalars.count, using: &random)
            let end = min(scalars.count, start + Int.random(in: 0...9, using: &random))
            switch Int.random(in: 0..<3, using: &random) {
            case 0: scalars.removeSubrange(start..<end)
            case 1:
                scalars.insert(contentsOf: scalars[start..<end], at: Int.random(in: 0...scalars.count, using: &random))
            default: scalars[start] = scalars[0]
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return (String(view), expert)
    }

    /// Both made of the same sentences in another order, with faults, as different solutions of one problem are.
    static func shuffled(letters: Int, _ random: inout SeededGenerator) -> (action: String, expert: String) {
        let sentences = (0..<Int.random(in: 3...10, using: &random)).map { _ in
            text(Int.random(in: 4...60, using: &random), letters: letters, &random)
        }
        func shuffle() -> String {
            var characters: [Character] = []
            for _ in 0..<Int.random(in: 3...16, using: &random) {
                characters += sentences[Int.random(in: 0..<sentences.count, using: &random)]
            }
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                characters[Int.random(in: 0..<characters.count, using: &random)] = "0"
            }
            return String(characters)
        }
        return (shuffle(), shuffle())
    }
}
