/// Curves over the steps of a run, or of several.
struct LineChart {
    struct Line {
        let label: String
        /// 1 to 8: a colour and a pattern of dashes.
        let color: Int
        let curve: Curve
        /// An interval around each value, at the same steps.
        var low: MetricsHistory.Series?
        var high: MetricsHistory.Series?
        /// Whether what is smoothed is drawn too, behind the line.
        var showsRaw = true
    }

    var title: String
    var note: String = ""
    var format = ValueFormat.number
    var lines: [Line]
    /// What the value axis has to show, whatever the values are.
    var include: [Double] = []
    /// Several runs: lines also differ by their dashes.
    var isComparison = false
    var phases: [PlotFrame.PhaseLabel] = []
    var marks: [PlotFrame.EventMark] = []
    /// What is said beside the title; the last value of the first line, unless given.
    var value: String?

    /// Nil where there is nothing to draw.
    func figure() -> HTML? {
        let points = lines.flatMap { $0.curve.points }
        guard let first = points.map(\.step).min(), let last = points.map(\.step).max() else { return nil }
        let frame = PlotFrame(
            x: Axis(first...max(last, first + 1), tight: true), y: valueAxis(), format: format, phases: phases,
            marks: marks)
        var drawing = HTML.empty
        for line in lines where line.showsRaw { drawing += background(line, in: frame) }
        for line in lines { drawing += foreground(line, in: frame) }
        return """
            <figure class="chart"><figcaption><h3>\(title)</h3>\(head())\(legend())</figcaption>
            \(frame.svg(label: description(), drawing))</figure>

            """
    }

    private func valueAxis() -> Axis {
        var values = include
        for line in lines {
            let points = line.curve.points
            if line.curve.isSmoothed {
                values += points.map(\.smooth)
                // A few spikes must not press the rest flat; they leave the frame.
                if line.showsRaw { values += Self.inner(points.map(\.low)) + Self.inner(points.map(\.high)) }
            } else {
                values += points.flatMap { [$0.low, $0.high] }
            }
            values += (line.low?.values ?? []) + (line.high?.values ?? [])
        }
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        // Nothing but the floor: the usual case of what should not happen.
        if low == high, !include.isEmpty { return Axis(low...low + (format == .percent ? 0.1 : 1)) }
        if include.isEmpty, low > 0, high / low > 200 { return Axis(logarithmic: low...high) }
        return Axis(low...high)
    }

    /// Without the hundredth part at either end, where there are many.
    private static func inner(_ values: [Double]) -> [Double] {
        guard values.count > 50 else { return values }
        let sorted = values.sorted()
        return [sorted[values.count / 100], sorted[values.count - 1 - values.count / 100]]
    }

    // MARK: Curves

    private func background(_ line: Line, in frame: PlotFrame) -> HTML {
        let style = "c\(line.color)"
        var result = HTML.empty
        for stretch in line.curve.stretches where line.curve.isSmoothed {
            if line.curve.bucket > 1, !isComparison {
                let edge =
                    stretch.map { frame.point($0.step, $0.high) }
                    + stretch.reversed().map { frame.point($0.step, $0.low) }
                result += "<polygon class=\"band \(style)\" points=\"\(Coordinate.list(edge))\"/>"
            }
            let raw = stretch.map { frame.point($0.step, $0.mean) }
            result += "<polyline class=\"raw \(style)\" points=\"\(Coordinate.list(raw))\"/>"
        }
        return result + interval(line, in: frame)
    }

    private func interval(_ line: Line, in frame: PlotFrame) -> HTML {
        guard let low = line.low, let high = line.high, low.steps == high.steps else { return .empty }
        let bars = zip(low.steps, zip(low.values, high.values))
        if low.steps.count > 60 {
            let edge =
                bars.map { frame.point(Double($0), $1.1) } + bars.reversed().map { frame.point(Double($0), $1.0) }
            return "<polygon class=\"band c\(line.color)\" points=\"\(Coordinate.list(edge))\"/>"
        }
        return bars.map { step, values -> HTML in
            let (from, to) = (frame.point(Double(step), values.0), frame.point(Double(step), values.1))
            return
                "<line class=\"bar c\(line.color)\" x1=\"\(tenth: from.x)\" x2=\"\(tenth: to.x)\" y1=\"\(tenth: from.y)\" y2=\"\(tenth: to.y)\"/>"
        }.joined()
    }

    private func foreground(_ line: Line, in frame: PlotFrame) -> HTML {
        let dash = isComparison ? " d\(line.color)" : ""
        let hasDots = !line.curve.isSmoothed && line.curve.points.count <= 60
        var result = HTML.empty
        for stretch in line.curve.stretches {
            let points = stretch.map { frame.point($0.step, line.curve.isSmoothed ? $0.smooth : $0.mean) }
            result +=
                "<polyline class=\"line c\(line.color)\(dash)\" data-label=\"\(line.label)\" points=\"\(Coordinate.list(points))\"/>"
            for point in points where hasDots || points.count == 1 {
                result +=
                    "<circle class=\"dot c\(line.color)\" cx=\"\(tenth: point.x)\" cy=\"\(tenth: point.y)\" r=\"\(hasDots ? "2.6" : "1.6")\"/>"
            }
        }
        return result
    }

    // MARK: Words

    private func lastValue(_ line: Line) -> Double? {
        line.curve.points.last.map { line.curve.isSmoothed ? $0.smooth : $0.mean }
    }

    private func head() -> HTML {
        let value = value ?? (isComparison ? "" : lines.first.flatMap(lastValue).map(format.text) ?? "")
        let note: HTML = note.isEmpty ? .empty : "<span class=\"unit\">\(note)</span>"
        return "<span class=\"now\">\(value)</span>\(note)"
    }

    private func legend() -> HTML {
        guard lines.count > 1 else { return .empty }
        let items = lines.map { line -> HTML in
            let value = lastValue(line).map(format.text) ?? ""
            let dash = isComparison ? " d\(line.color)" : ""
            return
                "<li><svg class=\"key\" viewBox=\"0 0 22 8\" aria-hidden=\"true\"><line class=\"line c\(line.color)\(dash)\" x1=\"0\" x2=\"22\" y1=\"4\" y2=\"4\"/></svg>\(line.label) <b>\(value)</b></li>"
        }
        return "<ul class=\"legend\">\(items)</ul>"
    }

    private func description() -> String {
        let parts = lines.compactMap { line -> String? in
            guard let first = line.curve.points.first, let last = lastValue(line) else { return nil }
            let name = lines.count > 1 ? line.label + " " : ""
            return
                "\(name)from \(format.text(line.curve.isSmoothed ? first.smooth : first.mean)) to \(format.text(last))"
        }
        return "\(title): " + parts.joined(separator: ", ")
    }
}
