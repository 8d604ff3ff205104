import RunReport
import ServiceKit
import Trajectory

/// Rollouts as text for a terminal: whole lines, no cursor movements.
struct RolloutPrinter {
    let hasColor: Bool
    /// As the run's reward compares.
    let autojunk: Bool

    /// The first line: what there is.
    func summary(of records: [RolloutRecord], step: Int, run: String) -> String {
        let rewards = records.compactMap(\.score.reward)
        let groups = Set(records.map { "\($0.trajectory)\n\($0.trajectoryStep)" }).count
        var parts = ["\(records.count) rollouts of \(groups) step instances"]
        if !rewards.isEmpty {
            parts.append("mean reward \(NumberText.value(rewards.reduce(0, +) / Double(rewards.count)))")
        }
        let violations = records.count { if case .violation = $0.score { true } else { false } }
        if violations > 0 { parts.append("\(violations) format violation\(violations == 1 ? "" : "s")") }
        if rewards.count < records.count { parts.append("\(records.count - rewards.count) could not be scored") }
        return styled("step \(step) of \(Self.visible(run))", .bold) + ": " + parts.joined(separator: ", ")
    }

    func text(_ record: RolloutRecord) -> String {
        var lines = [head(record)]
        if let prompt = record.prompt { lines += row("prompt", plain(prompt)) }
        if case .action(monologue: let monologue, action: let action) = record.parsed {
            let pair = MarkedText.pair(action: action, expert: record.expert, autojunk: autojunk)
            if !monologue.allSatisfy(\.isWhitespace) { lines += row("thought", plain(monologue)) }
            lines += row("action", marked(pair.action))
            lines += row("expert", marked(pair.expert))
        } else {
            lines += row("wrote", plain(record.text))
            lines += row("expert", plain(record.expert))
        }
        switch record.score {
        case .scored: break
        case .violation: lines += row("reason", styled(Self.visible(record.violation ?? ""), .yellow))
        case .error(let code, let message):
            lines += row("error", styled(Self.visible("\(code): \(message)"), .red))
        }
        return lines.joined(separator: "\n")
    }

    private func head(_ record: RolloutRecord) -> String {
        let name = "\(Self.visible(record.trajectory))/\(record.trajectoryStep + 1) sample \(record.sample)"
        let reward = record.score.reward.map { "reward \(NumberText.value($0))" } ?? "no reward"
        let advantage = record.advantage.map { "advantage \(NumberText.value($0))" } ?? "not trained on"
        var facts = [reward, advantage, "\(record.tokens) tokens"]
        if let logProbability = record.logProbability {
            facts.append("log-probability \(NumberText.value(logProbability)) a token")
        }
        if record.finish == "length" { facts.append("cut off at the maximum") }
        return styled(name, .bold) + "  " + facts.joined(separator: ", ")
    }

    /// A label and a text of as many lines as it has.
    private func row(_ label: String, _ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
            let shown = index == 0 ? label : ""
            return "  " + styled(shown + String(repeating: " ", count: 7 - shown.count) + " │ ", .dim) + line
        }
    }

    private func plain(_ text: String) -> String {
        var text = Self.visible(text)
        // A line feed at the end of a prompt would show as an empty line.
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    private func marked(_ text: MarkedText) -> String {
        text.pieces.map { piece in
            // A style ends with its line: a pager shows lines alone.
            let lines = Self.visible(piece.text).split(separator: "\n", omittingEmptySubsequences: false)
            return lines.map { piece.isMatched && !$0.isEmpty ? styled(String($0), .green) : String($0) }
                .joined(separator: "\n")
        }.joined()
    }

    private func styled(_ text: String, _ style: TerminalOutput.Style) -> String {
        hasColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// What a model wrote may hold any character: those that would command the terminal are shown by their pictures.
    static func visible(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A, 0x09: result.append(scalar)
            case 0..<0x20: result.append(Unicode.Scalar(0x2400 + scalar.value) ?? " ")
            case 0x7F: result.append("\u{2421}")
            case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069: result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
