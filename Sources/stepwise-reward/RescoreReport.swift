import Reward
import ServiceAPI
import ServiceKit

/// What `rescore` found, while groups come by and in the end.
struct RescoreReport: Encodable {
    /// The name of the scores that the files have.
    static let stored = "stored"

    /// One item that two ways of scoring judge differently.
    struct Difference: Encodable {
        let scorer: String
        let file: String
        let line: Int
        let reference: Double
        let reward: Double
        let expert: String
        let text: String
    }

    let scorers: [String]
    private(set) var items = 0
    private(set) var groups = 0
    var unreadableLines = 0
    /// By name.
    private(set) var summaries: [String: RewardSummary] = [:]
    /// What the others are compared with, as soon as there is anything: the stored scores, where the first group has any.
    private(set) var reference: String?
    private(set) var comparisons: [String: RewardComparison] = [:]
    /// The largest ones of each scorer, largest first.
    private(set) var largest: [String: [Difference]] = [:]
    private let top: Int

    private enum CodingKeys: String, CodingKey {
        case scorers, items, groups, unreadableLines, summaries, reference, comparisons, largest
    }

    init(scorers: [String], top: Int) {
        self.scorers = scorers
        self.top = top
    }

    /// Adds a group with the scores of each scorer.
    mutating func add(_ group: StoredGroup, _ columns: [[ItemScore]]) {
        groups += 1
        items += group.items.count
        let stored = group.items.map(\.score)
        if reference == nil { reference = stored.contains { $0 != nil } ? Self.stored : scorers[0] }
        if reference == Self.stored { for score in stored { summaries[Self.stored, default: .init()].add(score) } }
        for (name, column) in zip(scorers, columns) {
            for score in column { summaries[name, default: .init()].add(score) }
        }
        let base = reference == Self.stored ? stored.map { $0?.reward } : columns[0].map(\.reward)
        for (name, column) in zip(scorers, columns) where name != reference {
            let rewards = column.map(\.reward)
            comparisons[name, default: .init()].add(base, rewards)
            note(name, group, base, rewards)
        }
    }

    private mutating func note(_ name: String, _ group: StoredGroup, _ base: [Double?], _ rewards: [Double?]) {
        for (index, (one, other)) in zip(base, rewards).enumerated() {
            guard let one, let other, one != other else { continue }
            var kept = largest[name] ?? []
            let size = (one - other).magnitude
            let place = kept.firstIndex { ($0.reference - $0.reward).magnitude < size } ?? kept.count
            guard place < top else { continue }
            let item = group.items[index]
            kept.insert(
                Difference(
                    scorer: name, file: group.places[index].file, line: group.places[index].line, reference: one,
                    reward: other, expert: item.expert, text: item.text), at: place)
            largest[name] = Array(kept.prefix(top))
        }
    }

    // MARK: For a person

    func lines(width: Int, hasUnicode: Bool) -> [String] {
        let reference = reference ?? Self.stored
        let names = (reference == Self.stored ? [Self.stored] : []) + scorers
        var lines = ["\(items) items in \(groups) groups", ""]
        var table = TextTable([
            .init("rewards"), .init("mean", .trailing), .init("deviation", .trailing), .init("violations", .trailing),
            .init("errors", .trailing), .init("without", .trailing),
        ])
        for name in names {
            let summary = summaries[name] ?? RewardSummary()
            table.add([
                name, Self.number(summary.mean), Self.number(summary.deviation), "\(summary.formatViolations)",
                "\(summary.errors)", "\(summary.missing)",
            ])
        }
        lines += split(table.render(hasUnicode: hasUnicode))
        for name in scorers {
            guard let comparison = comparisons[name] else { continue }
            lines += ["", "\(name), compared with \(reference):"] + Self.lines(of: comparison)
            lines += (largest[name] ?? []).flatMap { Self.lines(of: $0, width: width, hasUnicode: hasUnicode) }
        }
        return lines
    }

    private static func lines(of comparison: RewardComparison) -> [String] {
        func share(_ count: Int, _ total: Int) -> String {
            total == 0
                ? "\(count)" : "\(count) of \(total) (\(number(100 * Double(count) / Double(total), digits: 1))%)"
        }
        return [
            "  items that differ     \(share(comparison.differing, comparison.items)); by \(number(comparison.meanDifference)) on average, \(number(comparison.largestDifference)) at most",
            "  correlation           Pearson \(number(comparison.pearson)) over items, Kendall \(number(comparison.kendall)) within groups",
            "  best of group         another one in \(share(comparison.bestChanged, comparison.groups)) groups",
            "  advantages            change sign in \(share(comparison.signChanged, comparison.groups)) groups, of \(share(comparison.itemsWithSignChanged, comparison.items)) items",
            "  groups that teach     \(comparison.signalLost) no longer do, \(comparison.signalGained) now do",
        ]
    }

    private static func lines(of difference: Difference, width: Int, hasUnicode: Bool) -> [String] {
        func line(_ title: String, _ text: String) -> String {
            "    \(title) \(VisibleText.excerpt(text, columns: max(20, width - 12), hasUnicode: hasUnicode))"
        }
        return [
            "  \(number(difference.reference)) -> \(number(difference.reward))  \(difference.file):\(difference.line)",
            line("expert ", difference.expert), line("written", difference.text),
        ]
    }

    private func split(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

    private static func number(_ value: Double?, digits: Int = 4) -> String {
        guard let value else { return "-" }
        let scale = [1, 10, 100, 1000, 10_000][digits]
        return JSONValue.number((value * Double(scale)).rounded() / Double(scale)).canonicalText
    }
}
