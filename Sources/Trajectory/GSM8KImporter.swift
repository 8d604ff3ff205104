import Zstandard

/// Turns the rows of GSM8K (`{"question": .., "answer": ..}`, one a line) into expert trajectories.
///
/// Every line of an answer is a step; the last, `#### 1,250`, is the answer. Rows that cannot be used are left out, counted and
/// named in the report. Other keys of a row are ignored: the file is somebody else's.
public struct GSM8KImporter {
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

    private struct Row: Decodable {
        let question: String
        let answer: String
    }

    private let source: String
    private let options: Options
    private var trajectories: [ExpertTrajectory] = []
    private var ids: Set<String> = []
    private var report: PreparationReport

    private init(source: String, options: Options) {
        self.source = source
        self.options = options
        report = PreparationReport(source: source)
    }

    /// Reads the file at `path`, plain or zstd-compressed; "-" is standard input.
    ///
    /// - Throws: `TrajectoryError`: the file cannot be read, a line is malformed (unless skipped), or no row could be used.
    public static func prepare(
        path: String, options: Options = Options()
    ) throws(TrajectoryError) -> (trajectories: [ExpertTrajectory], report: PreparationReport) {
        let lines = try translatingFileErrors { () throws(FileError) in
            path == "-" ? LineReader.standardInput() : try LineReader(path: path)
        }
        var importer = GSM8KImporter(source: lines.name, options: options)
        while !importer.isFull, let line = try translatingFileErrors({ () throws(FileError) in try lines.next() }) {
            try importer.add(line)
        }
        if importer.report.kept == 0 {
            throw TrajectoryError(file: lines.name, message: importer.nothingKept)
        }
        return (importer.trajectories, importer.report)
    }

    private var isFull: Bool { options.limit.map { trajectories.count >= $0 } ?? false }

    private var nothingKept: String {
        if report.read == 0 { return "the file holds no rows" }
        let reasons = report.dropped.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.description) (\($0.value.count.grouped))" }
        return "none of the \(report.read.grouped) rows can be used: \(reasons.joined(separator: ", "))"
    }

    private mutating func add(_ line: LineReader.Line) throws(TrajectoryError) {
        if line.text.allSatisfy(\.isWhitespace) { return }
        let row: Row
        do throws(TrajectoryError) {
            row = try JSONLine.decode(Row.self, from: line.text)
        } catch {
            guard options.skipsMalformed else { throw error.at(file: source, line: line.number) }
            return report.drop(.malformed, line: line.number)
        }
        switch trajectory(from: row, line: line.number) {
        case .success(let trajectory):
            trajectories.append(trajectory)
            report.keep(steps: trajectory.steps.count)
        case .failure(let reason):
            report.drop(reason, line: line.number)
        }
    }

    private mutating func trajectory(from row: Row, line: Int) -> Result<ExpertTrajectory, DropReason> {
        let problem = Monologue.trimmed(row.question)
        if problem.isEmpty { return .failure(.emptyProblem) }
        let text = options.keepsCalculatorAnnotations ? row.answer : Self.withoutAnnotations(row.answer)
        var steps = text.split(whereSeparator: \.isNewline).map { Monologue.trimmed(String($0)) }
        steps.removeAll(where: \.isEmpty)

        let marker = PromptTemplate.answerMarker
        guard let last = steps.popLast(), last.hasPrefix(marker) else { return .failure(.noAnswer) }
        let answer = PromptTemplate.normalizedAnswer(String(last.dropFirst(marker.count)))
        if answer.isEmpty { return .failure(.noAnswer) }
        if steps.contains(where: { $0.hasPrefix(marker) }) { return .failure(.severalAnswers) }
        if steps.count < StepInstances.minimumSteps { return .failure(.tooFewSteps) }

        // Made from the problem, so that it stays when rows move, and a problem cannot be on both sides of a split.
        let id = "gsm8k-" + String(StableHash.of(problem), radix: 16).padded(left: 16, with: "0")
        guard ids.insert(id).inserted else { return .failure(.repeatedProblem) }
        let file = source.split(separator: "/").last.map(String.init) ?? source
        return .success(
            ExpertTrajectory(
                id: id, problem: problem, steps: steps, answer: answer, metadata: ["source": "\(file):\(line)"]))
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
