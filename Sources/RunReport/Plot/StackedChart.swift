/// What a step's time went into, as columns that stand for some steps each.
struct StackedChart {
    struct Part {
        let label: String
        let series: MetricsHistory.Series
    }

    let title: String
    let note: String
    let parts: [Part]
    /// Over which the columns are spread.
    let steps: ClosedRange<Int>
    var phases: [PlotFrame.PhaseLabel] = []
    var marks: [PlotFrame.EventMark] = []

    private static let columns = 72

    /// Nil where there is nothing to draw.
    func figure() -> HTML? {
        guard parts.contains(where: { !$0.series.values.isEmpty }) else { return nil }
        let width = max(1, (steps.count + Self.columns - 1) / Self.columns)
        let count = (steps.count + width - 1) / width
        let measured = Set(parts.flatMap(\.series.steps))
        // Of each column, of each part: the mean over the column's steps.
        let heights = parts.map { part -> [Double] in
            var sums = Array(repeating: (0.0, 0), count: count)
            for (step, value) in zip(part.series.steps, part.series.values) where steps.contains(step) {
                sums[(step - steps.lowerBound) / width].0 += value
            }
            for step in measured where steps.contains(step) {
                sums[(step - steps.lowerBound) / width].1 += 1
            }
            return sums.map { $1 == 0 ? 0 : $0 / Double($1) }
        }
        let totals = (0..<count).map { column in heights.reduce(0) { $0 + $1[column] } }
        guard let highest = totals.max(), highest > 0 else { return nil }
        let frame = PlotFrame(
            x: Axis(Double(steps.lowerBound)...Double(steps.upperBound + 1), tight: true), y: Axis(0...highest),
            format: .seconds, phases: phases, marks: marks)
        var drawing = HTML.empty
        var floors = Array(repeating: 0.0, count: count)
        for index in parts.indices {
            drawing += "<path class=\"fill c\(index + 1)\" d=\"\(path(heights[index], &floors, width, frame))\"/>"
        }
        let label =
            "\(title): "
            + zip(parts, heights).map { "\($0.label) \(NumberText.value(Self.mean($1))) s" }.joined(separator: ", ")
        return """
            <figure class="chart"><figcaption><h3>\(title)</h3><span class="now">\(NumberText.value(Self.mean(totals))) s</span>\
            <span class="unit">\(note)</span>\(legend(heights, totals))</figcaption>
            \(frame.svg(label: label, drawing))</figure>

            """
    }

    private func path(_ heights: [Double], _ floors: inout [Double], _ width: Int, _ frame: PlotFrame) -> String {
        var path = ""
        for (column, height) in heights.enumerated() where height > 0 {
            let first = Double(steps.lowerBound + column * width)
            let left = frame.point(first, floors[column])
            let right = frame.point(first + Double(width), floors[column] + height)
            floors[column] += height
            // A hair apart, so that columns are seen as such.
            let gap = min(0.8, (right.x - left.x) * 0.15)
            path +=
                "M\(Coordinate.text(left.x)) \(Coordinate.text(left.y))V\(Coordinate.text(right.y))H\(Coordinate.text(right.x - gap))V\(Coordinate.text(left.y))z"
        }
        return path
    }

    private func legend(_ heights: [[Double]], _ totals: [Double]) -> HTML {
        let items = parts.indices.map { index -> HTML in
            let share = Self.mean(heights[index]) / max(Self.mean(totals), .leastNormalMagnitude)
            return
                "<li><svg class=\"key\" viewBox=\"0 0 22 8\" aria-hidden=\"true\"><rect class=\"fill c\(index + 1)\" width=\"22\" height=\"8\"/></svg>\(parts[index].label) <b>\(NumberText.percent(share))</b></li>"
        }
        return "<ul class=\"legend\">\(items)</ul>"
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
}
