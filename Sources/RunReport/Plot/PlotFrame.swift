/// What a plot has around its curves: axes, the run's phases and what happened in it. All lengths are in units of the picture, which is as wide as a
/// phone, so that text is as large there as it says.
struct PlotFrame {
    static let width = 360.0
    static let height = 196.0
    private static let left = 46.0
    private static let right = 10.0
    private static let top = 18.0
    private static let bottom = 24.0

    static var innerWidth: Double { width - left - right }
    static var innerHeight: Double { height - top - bottom }

    let x: Axis
    let y: Axis
    let format: ValueFormat
    var phases: [PhaseLabel] = []
    var marks: [EventMark] = []

    /// Where a phase begins, and what it is called.
    struct PhaseLabel {
        let step: Int
        let text: String
    }

    /// What happened before a step.
    struct EventMark {
        enum Kind: String { case resume, reload }

        let step: Int
        let kind: Kind
        let text: String
    }

    /// Within the frame, from its left and upper edges.
    func point(_ step: Double, _ value: Double) -> (x: Double, y: Double) {
        (x.share(step) * Self.innerWidth, (1 - y.share(value)) * Self.innerHeight)
    }

    /// - Parameter label: the whole plot in words, for those who do not see it.
    func svg(label: String, _ curves: HTML) -> HTML {
        // A little wider than the frame, for dots at its edges.
        let inside: HTML = """
            <svg x="\(tenth: Self.left - 4)" y="\(tenth: Self.top - 4)" width="\(tenth: Self.innerWidth + 8)" \
            height="\(tenth: Self.innerHeight + 8)" viewBox="-4 -4 \(tenth: Self.innerWidth + 8) \(tenth: Self.innerHeight + 8)" \
            overflow="hidden">
            """
        return """
            <svg class="plot" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(label)" \
            data-x="\(String(x.low)) \(String(x.high))" data-y="\(String(y.low)) \(String(y.high))" \
            data-log="\(y.isLogarithmic ? 1 : 0)" data-format="\(format.rawValue)" \
            data-frame="\(tenth: Self.left) \(tenth: Self.top) \(tenth: Self.innerWidth) \(tenth: Self.innerHeight)">
            \(grid())\(phaseLabels())\(inside)\(phaseLines())\(markLines())\(curves)</svg>\(markSigns())</svg>
            """
    }

    private func grid() -> HTML {
        var result: HTML = "<g class=\"grid\">"
        for tick in y.ticks {
            let place = Self.top + (1 - y.share(tick)) * Self.innerHeight
            result += """
                <line x1="\(tenth: Self.left)" x2="\(tenth: Self.width - Self.right)" y1="\(tenth: place)" y2="\(tenth: place)"/>\
                <text x="\(tenth: Self.left - 6)" y="\(tenth: place + 4)" text-anchor="end">\(format.tick(tick, of: y))</text>
                """
        }
        let floor = Self.top + Self.innerHeight
        result +=
            "<line class=\"floor\" x1=\"\(tenth: Self.left)\" x2=\"\(tenth: Self.width - Self.right)\" y1=\"\(tenth: floor)\" y2=\"\(tenth: floor)\"/>"
        for tick in x.ticks {
            let share = x.share(tick)
            let anchor = share > 0.94 ? "end" : share < 0.04 ? "start" : "middle"
            result +=
                "<text x=\"\(tenth: Self.left + share * Self.innerWidth)\" y=\"\(tenth: floor + 16)\" text-anchor=\"\(anchor)\">\(x.label(tick))</text>"
        }
        return result + "</g>"
    }

    private var shownPhases: [(label: PhaseLabel, share: Double)] {
        phases.compactMap { phase in
            let share = x.share(Double(phase.step))
            return share < 1 ? (phase, max(0, share)) : nil
        }
    }

    private func phaseLabels() -> HTML {
        var free = -Double.infinity
        var result: HTML = "<g class=\"phases\">"
        // From the last on: where two begin at the left edge, the later one is what is seen.
        let shown = shownPhases.filter { phase in
            !shownPhases.contains { $0.share == phase.share && $0.label.step > phase.label.step }
        }
        for (label, share) in shown {
            let place = max(Self.left + share * Self.innerWidth + (share > 0 ? 3 : 0), free)
            result += "<text x=\"\(tenth: place)\" y=\"11\">\(label.text)</text>"
            free = place + Double(label.text.count) * 7 + 6
        }
        return result + "</g>"
    }

    private func phaseLines() -> HTML {
        shownPhases.filter { $0.share > 0 }.map { phase -> HTML in
            let place = phase.share * Self.innerWidth
            return
                "<line class=\"phase\" x1=\"\(tenth: place)\" x2=\"\(tenth: place)\" y1=\"0\" y2=\"\(tenth: Self.innerHeight)\"/>"
        }.joined()
    }

    private var shownMarks: [(mark: EventMark, share: Double)] {
        marks.compactMap { mark in
            let share = x.share(Double(mark.step))
            return (0...1).contains(share) ? (mark, share) : nil
        }
    }

    private func markLines() -> HTML {
        shownMarks.map { mark, share -> HTML in
            let place = share * Self.innerWidth
            return
                "<line class=\"\(mark.kind.rawValue)\" x1=\"\(tenth: place)\" x2=\"\(tenth: place)\" y1=\"0\" y2=\"\(tenth: Self.innerHeight)\"/>"
        }.joined()
    }

    /// A sign at the floor: shapes, not colours alone, tell the kinds apart.
    private func markSigns() -> HTML {
        let floor = Self.top + Self.innerHeight
        return shownMarks.map { mark, share -> HTML in
            let place = Self.left + share * Self.innerWidth
            let shape: HTML =
                switch mark.kind {
                case .resume:
                    "<circle cx=\"\(tenth: place)\" cy=\"\(tenth: floor)\" r=\"3.5\"/>"
                case .reload:
                    "<path d=\"M\(tenth: place) \(tenth: floor - 5)l4.5 8h-9z\"/>"
                }
            return "<g class=\"sign \(mark.kind.rawValue)\"><title>\(mark.text)</title>\(shape)</g>"
        }.joined()
    }
}

/// How the values of a plot are written.
enum ValueFormat: String {
    case number, percent, seconds

    func text(_ value: Double) -> String {
        switch self {
        case .number: NumberText.value(value)
        case .percent: NumberText.percent(value)
        case .seconds: NumberText.value(value) + " s"
        }
    }

    func tick(_ tick: Double, of axis: Axis) -> String {
        switch self {
        case .number: axis.label(tick)
        case .percent: NumberText.tick(100 * tick, step: 100 * axis.step) + "%"
        case .seconds: axis.label(tick) + " s"
        }
    }
}

extension HTML.Interpolation {
    /// A coordinate with one decimal place.
    mutating func appendInterpolation(tenth value: Double) { appendInterpolation(Coordinate.text(value)) }
}

enum Coordinate {
    /// `String(format:)` would be most of the time that a report takes.
    static func text(_ value: Double) -> String {
        let tenths = Int((max(-1e6, min(1e6, value)) * 10).rounded())
        let rest = tenths.magnitude % 10
        return (tenths < 0 ? "-" : "") + String(tenths.magnitude / 10) + (rest == 0 ? "" : ".\(rest)")
    }

    /// The `points` of a polyline.
    static func list(_ points: some Sequence<(x: Double, y: Double)>) -> String {
        var result = ""
        for point in points {
            if !result.isEmpty { result += " " }
            result += text(point.x)
            result += ","
            result += text(point.y)
        }
        return result
    }
}
