/// How often small whole numbers occur, drawn with text.
package struct Histogram {
    package let counts: [Int: Int]

    package init(counts: [Int: Int]) {
        self.counts = counts
    }

    /// "25,646 in all, mean 3.43, median 3, 2 to 9"; nil when nothing was counted.
    package var summary: String? {
        let values = counts.keys.sorted()
        guard let least = values.first, let most = values.last else { return nil }
        let total = counts.values.reduce(0, +)
        let sum = counts.reduce(0) { $0 + $1.key * $1.value }
        let median = quantile(0.5)
        let hundredths = Int((Double(sum) / Double(total) * 100).rounded())
        let mean = "\(hundredths / 100).\(String(hundredths % 100).padded(left: 2, with: "0"))"
        return "\(sum.grouped) in all, mean \(mean), median \(median ?? least), \(least) to \(most)"
    }

    /// The least number that occurs which this share of all numbers does not exceed; nil when nothing was counted.
    package func quantile(_ share: Double) -> Int? {
        let total = Double(counts.values.reduce(0, +))
        var seen = 0
        return counts.keys.sorted().first { value in
            seen += counts[value] ?? 0
            return Double(seen) >= share * total
        }
    }

    /// A line per number, or per range of numbers where there would be more than `maximumRows`.
    package func lines(width: Int = 40, maximumRows: Int = 20) -> [String] {
        guard let least = counts.keys.min(), let most = counts.keys.max() else { return [] }
        let binWidth = Self.binWidth(for: most - least + 1, maximumRows: maximumRows)
        let firstBin = least / binWidth
        var bins = [Int](repeating: 0, count: most / binWidth - firstBin + 1)
        for (value, count) in counts { bins[value / binWidth - firstBin] += count }

        let total = bins.reduce(0, +)
        let highest = bins.max() ?? 1
        let labels = bins.indices.map { index in
            let start = (firstBin + index) * binWidth
            return binWidth == 1 ? "\(start)" : "\(start)-\(start + binWidth - 1)"
        }
        let labelWidth = labels.map(\.count).max() ?? 0
        let countWidth = highest.grouped.count
        return zip(labels, bins).map { label, count in
            let tenths = Int((Double(count) / Double(total) * 1_000).rounded())
            let share = "\(tenths / 10).\(tenths % 10)%"
            return
                "  \(label.padded(left: labelWidth)) │\(Self.bar(count, of: highest, width: width).padded(right: width))"
                + " \(count.grouped.padded(left: countWidth))  \(share.padded(left: 6))"
        }
    }

    /// The smallest of 1, 2, 5, 10, 20, 50.. that gives at most `maximumRows` bins.
    private static func binWidth(for span: Int, maximumRows: Int) -> Int {
        var width = 1
        var decade = 1
        while span > width * maximumRows {
            switch width / decade {
            case 1: width = 2 * decade
            case 2: width = 5 * decade
            default:
                decade *= 10
                width = decade
            }
        }
        return width
    }

    /// A bar to an eighth of a character; whatever is not zero can be seen.
    private static func bar(_ count: Int, of highest: Int, width: Int) -> String {
        guard count > 0 else { return "" }
        let eighths = max(1, Int((Double(count) / Double(highest) * Double(width * 8)).rounded()))
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + partial
    }
}

extension Int {
    /// With thousands separators: `7,473`.
    var grouped: String {
        var digits = String(magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (self < 0 ? "-" : "") + ([Substring(digits)] + groups).joined(separator: ",")
    }
}

extension String {
    func padded(left width: Int, with character: Character = " ") -> String {
        String(repeating: character, count: Swift.max(0, width - count)) + self
    }

    func padded(right width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
