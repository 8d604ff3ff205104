/// Turns the rows of GSM8K (`{"question": .., "answer": ..}`, one a line) into expert trajectories.
///
/// Every line of an answer is a step; the last, `#### 1,250`, is the answer. Rows that cannot be used are left out, counted and
/// named in the report. Other keys of a row are ignored: the file is somebody else's.
public struct GSM8KImporter: Sendable {
    public struct Options: Sendable, Equatable {
        /// Keeps calculator annotations (`48/2 = <<48/2=24>>24`), which are taken out otherwise: they tell the dataset's own
        /// calculator what to insert and are no part of what a person would write.
        public var keepsCalculatorAnnotations: Bool
        /// Drops lines that are not JSON or not rows of GSM8K, and counts them, in place of stopping at the first.
        public var skipsMalformed: Bool
        /// Stops after so many trajectories.
        public var limit: Int?

        public init(keepsCalculatorAnnotations: Bool = false, skipsMalformed: Bool = false, limit: Int? = nil) {
            self.keepsCalculatorAnnotations = keepsCalculatorAnnotations
            self.skipsMalformed = skipsMalformed
            self.limit = limit
        }
    }

    let idPrefix = "gsm8k"
    private let keepsCalculatorAnnotations: Bool

    init(keepsCalculatorAnnotations: Bool) { self.keepsCalculatorAnnotations = keepsCalculatorAnnotations }

    /// Reads the file at `path`, plain or zstd-compressed; "-" is standard input.
    ///
    /// - Throws: `TrajectoryError`: the file cannot be read, a line is malformed (unless skipped), or no row could be used.
    public static func prepare(
        path: String, options: Options = Options()
    ) throws(TrajectoryError) -> (trajectories: [ExpertTrajectory], report: PreparationReport) {
        var preparation = Preparation(
            gsm8kKeepingAnnotations: options.keepsCalculatorAnnotations,
            options: PreparationOptions(limit: options.limit, skipsMalformed: options.skipsMalformed))
        var trajectories: [ExpertTrajectory] = []
        try preparation.read(path) { (trajectory) throws(TrajectoryError) in trajectories.append(trajectory) }
        return (trajectories, try preparation.finish())
    }

    func read(_ row: DataValue) throws(RowFault) -> ImportedRow {
        try row.requireObject()
        let question = try row.requiredText("question")
        let solution = try row.requiredText("answer")
        let text = keepsCalculatorAnnotations ? solution : Self.withoutAnnotations(solution)
        var steps = text.split(whereSeparator: \.isNewline).map { Monologue.trimmed(String($0)) }
        steps.removeAll(where: \.isEmpty)
        if Monologue.trimmed(question).isEmpty { throw .dropped(.emptyProblem, field: "/question") }

        let marker = PromptTemplate.answerMarker
        guard let last = steps.popLast(), last.hasPrefix(marker) else {
            throw .dropped(.noAnswer, field: "/answer", detail: text.isEmpty ? nil : "ends \"\(text.suffix(40))\"")
        }
        let answer = PromptTemplate.normalizedAnswer(String(last.dropFirst(marker.count)))
        if answer.isEmpty { throw .dropped(.noAnswer, field: "/answer", detail: "nothing follows ####") }
        if steps.contains(where: { $0.hasPrefix(marker) }) { throw .dropped(.severalAnswers, field: "/answer") }
        return ImportedRow(
            problem: question, steps: steps, answer: answer, problemField: "/question", stepsField: "/answer")
    }

    /// `text` without every `<<..>>` that closes on its line.
    static func withoutAnnotations(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "<<") {
            let inside = rest[start.upperBound...].prefix { !$0.isNewline }
            guard let end = inside.firstRange(of: ">>") else {
                result += rest[..<start.upperBound]
                rest = rest[start.upperBound...]
                continue
            }
            result += rest[..<start.lowerBound]
            rest = rest[end.upperBound...]
        }
        return result + rest
    }
}

extension GSM8KImporter: RowImporter {}
