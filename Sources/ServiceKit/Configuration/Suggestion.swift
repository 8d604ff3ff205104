/// Finds what somebody probably meant.
enum Suggestion {
    /// `; did you mean 'learningRate'?`, or what there is when nothing is close.
    static func hint(for word: String, among known: some Collection<String>) -> String {
        if let match = closest(to: word, among: known) { return "; did you mean '\(match)'?" }
        if known.isEmpty { return "; no keys are known here" }
        return "; known are \(known.sorted().joined(separator: ", "))"
    }

    /// The closest of `known`, if it is close: `learning_rate`, `learning-rate` and `learningrate` all mean `learningRate`; else a third of
    /// the letters may differ.
    static func closest(to word: String, among known: some Collection<String>) -> String? {
        let plain = bare(word)
        let ranked = known.map { (name: $0, distance: distance(plain, bare($0))) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let ranked, ranked.distance <= max(1, plain.count / 3) else { return nil }
        return ranked.name
    }

    private static func bare(_ word: String) -> [Character] {
        word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != "." }.map { $0 }
    }

    /// Edit distance with insertion, deletion, substitution and transposition of neighbours (optimal string alignment).
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var row = [i + 1]
            for (j, right) in b.enumerated() {
                var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (left == right ? 0 : 1))
                if i > 0, j > 0, left == b[j - 1], a[i - 1] == right { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
