/// Solutions whose steps are numbered, as DeepSeek-R1 and NuminaMath write them (`1. **Title**: body`) and people do.
///
/// The numbers must be 1, 2, 3, .. without a gap and without a second beginning. Lists within a step are indented, and in code no line
/// begins a step. What stands before the first step is the introduction; what stands after the last belongs to it.
enum NumberedSteps {
    /// - Throws: ``RowDrop``: no numbered steps, or numbers that are not 1, 2, 3, ...
    static func split(_ lines: TextLines) throws(RowDrop) -> SplitSolution {
        var found: [(line: Int, marker: StepMarker)] = []
        for index in 0..<lines.count where !lines.isInCode(index) {
            if let marker = StepMarker(lines.line(index), indentation: lines.indentation(index)) {
                found.append((index, marker))
            }
        }
        let steps = try choose(from: found)
        if steps[0].marker.kind == .number || steps[0].marker.kind == .boldNumber {
            try refuseSections(lines, first: steps[0].line, last: steps[steps.count - 1].line)
        }
        let introduction = withoutLastHeadings(lines, before: steps[0].line)
        return SplitSolution(
            introduction: introduction.isEmpty ? nil : introduction,
            steps: steps.indices.map { index in
                let end = index + 1 < steps.count ? steps[index + 1].line : lines.count
                return body(lines, first: steps[index].marker.rest, (steps[index].line + 1)..<end)
            })
    }

    /// The markers of the steps themselves, among those of lists within them.
    private static func choose(
        from found: [(line: Int, marker: StepMarker)]
    ) throws(RowDrop) -> [(line: Int, marker: StepMarker)] {
        for kind in StepMarker.Kind.allCases {
            let all = found.filter { $0.marker.kind == kind }
            guard let first = all.first(where: { $0.marker.number == 1 }) else { continue }
            // A list within a step is indented by two or more.
            let same = all.filter { $0.marker.indentation <= first.marker.indentation + 1 }
            if isCounting(same) { return same }
            // A list within a step may also lack its indentation; steps that have titles are told by them.
            let titled = same.filter { $0.marker.isTitled }
            if isCounting(titled) { return titled }
            guard same.count > 1 else { continue }
            throw RowDrop(.numbersOutOfOrder, detail: numbers(same))
        }
        if found.count > 1 { throw RowDrop(.numbersOutOfOrder, detail: numbers(found)) }
        throw RowDrop(.noNumberedSteps)
    }

    private static func isCounting(_ markers: [(line: Int, marker: StepMarker)]) -> Bool {
        markers.count > 1 && markers.enumerated().allSatisfy { $0.element.marker.number == $0.offset + 1 }
    }

    private static func numbers(_ markers: [(line: Int, marker: StepMarker)]) -> String {
        markers.prefix(12).map { "\($0.marker.number)" }.joined(separator: ", ") + (markers.count > 12 ? ", .." : "")
    }

    /// A numbered list in a solution that has headings beside it is a list in one of its sections, and not the solution's steps. Headings
    /// right before the first step announce it; after the last one, a conclusion may have one.
    private static func refuseSections(_ lines: TextLines, first: Int, last: Int) throws(RowDrop) {
        let announced = endOfIntroduction(lines, before: first)
        for index in 0..<lines.count where lines.line(index).first == UInt8(ascii: "#") && !lines.isInCode(index) {
            if (announced..<first).contains(index) { continue }
            // Nothing follows it: an answer after `####`.
            if index > last, ((index + 1)..<lines.count).allSatisfy(lines.isBlank) { continue }
            let heading = String(decoding: lines.line(index), as: UTF8.self)
            let words = heading.lowercased()
            if index > last, ["conclu", "answer", "final", "verif", "summary"].contains(where: words.contains) {
                continue
            }
            throw RowDrop(.listWithinSections, detail: heading)
        }
    }

    /// The text before the steps without headings that only announce them, such as `#### Step-by-step solution:`.
    private static func withoutLastHeadings(_ lines: TextLines, before end: Int) -> String {
        Monologue.trimmed(lines.text(0..<endOfIntroduction(lines, before: end)))
    }

    /// The line after the last that says something and does not only announce the steps.
    private static func endOfIntroduction(_ lines: TextLines, before end: Int) -> Int {
        var end = end
        while end > 0, lines.isBlank(end - 1) || !lines.isInCode(end - 1) && isAnnouncement(lines.line(end - 1)) {
            end -= 1
        }
        return end
    }

    /// A step's text without the indentation that a list gives to what belongs to an item.
    private static func body(_ lines: TextLines, first: String, _ rest: Range<Int>) -> String {
        var rest = rest
        // Headings and rules at its end announce what follows.
        while let last = rest.last, lines.isBlank(last) || !lines.isInCode(last) && isAnnouncement(lines.line(last)) {
            rest = rest.dropLast()
        }
        let common = rest.filter { !lines.isBlank($0) }.map(lines.indentation).min() ?? 0
        let text = rest.map { index in
            var columns = 0
            let line = lines.line(index).drop { byte in
                guard columns < common, byte == 0x20 || byte == 0x09 else { return false }
                columns += byte == 0x20 ? 1 : 4
                return true
            }
            return String(decoding: line, as: UTF8.self)
        }
        return Monologue.trimmed(([first] + text).joined(separator: "\n"))
    }

    private static func isAnnouncement(_ line: ArraySlice<UInt8>) -> Bool {
        if line.first == UInt8(ascii: "#") { return true }
        let rest = line.filter { $0 != 0x20 && $0 != 0x09 }
        return rest.count >= 3
            && (rest.allSatisfy { $0 == UInt8(ascii: "-") } || rest.allSatisfy { $0 == UInt8(ascii: "*") })
    }
}
