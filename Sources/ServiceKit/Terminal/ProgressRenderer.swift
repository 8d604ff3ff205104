/// How far a piece of work has come, as text: a bar that fits a width, or a plain line. Pure.
struct ProgressRenderer {
    /// What is shown beside the bar, most important first: `reward 0.53`.
    typealias Field = (name: String, value: String)

    var title: String
    var completed: Int
    var total: Int?
    var fields: [Field] = []
    /// Seconds since the start.
    var elapsed: Double
    /// Seconds that remain at the rate so far; nil while unknown.
    var remaining: Double?
    var hasUnicode = true

    /// One line of at most `width` columns. Where that is too narrow, the last fields go first, then the bar.
    func bar(width: Int) -> String {
        let time = remaining.map { "\(Self.clock($0)) left" } ?? Self.clock(elapsed)
        let head = "\(title) "
        let count = total.map { "\(completed)/\($0)" } ?? "\(completed)"
        var tail = [count] + fields.map { "\($0.name) \($0.value)" } + [time]
        func columns() -> Int { DisplayWidth.of(head) + DisplayWidth.of(tail.joined(separator: "  ")) }
        let minimumBar = total == nil ? 0 : 11  // ten cells and a space
        while columns() + minimumBar > width, tail.count > 2 { tail.remove(at: tail.count - 2) }
        var cells = min(30, width - columns() - 1)
        if total == nil || cells < 10 { cells = 0 }
        let line = cells > 0 ? head + gauge(cells: cells) + " " : head
        return DisplayWidth.prefix(line + tail.joined(separator: "  "), columns: width)
    }

    /// One line for a log: `train: 45/100 (45%), reward 0.53, 2:31 left`.
    func plain() -> String {
        var parts: [String] = []
        if let total {
            // In whole numbers: 57/100 is a little below 0.57 as a Double.
            parts.append("\(completed)/\(total) (\(total > 0 ? min(completed * 100 / total, 100) : 0)%)")
        } else {
            parts.append("\(completed)")
        }
        parts += fields.map { "\($0.name) \($0.value)" }
        parts.append(remaining.map { "\(Self.clock($0)) left" } ?? "\(Self.clock(elapsed)) so far")
        return "\(title): " + parts.joined(separator: ", ")
    }

    private var share: Double {
        guard let total, total > 0 else { return 0 }
        return min(1, max(0, Double(completed) / Double(total)))
    }

    private func gauge(cells: Int) -> String {
        let inner = hasUnicode ? cells : cells - 2
        let full = Int((share * Double(inner)).rounded(.down))
        let (done, left) = hasUnicode ? ("█", "░") : ("#", ".")
        let bar = String(repeating: done, count: full) + String(repeating: left, count: inner - full)
        return hasUnicode ? bar : "[\(bar)]"
    }

    /// `0:07`, `2:31`, `1:02:31`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "?" }
        let whole = Int(max(0, seconds).rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
    }
}
