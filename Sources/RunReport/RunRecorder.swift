import Foundation

/// Keeps what people see of a run while it trains: `report.html`, `tensorboard/`, `run.json`, and the page of a dashboard.
///
/// It follows the run directory on its own, beside the training, and never holds it up: what cannot be written is said once and left out.
public actor RunRecorder {
    /// What there is to keep.
    public struct Options: Sendable {
        /// TensorBoard event files.
        public var tensorBoard: Bool
        /// The least time between two reports, in seconds; one that took long to make is followed by a longer pause.
        public var reportInterval: Double

        public init(tensorBoard: Bool = true, reportInterval: Double = 30) {
            self.tensorBoard = tensorBoard
            self.reportInterval = reportInterval
        }
    }

    private enum Note: Sendable {
        case began(step: Int, parameters: Int)
        case dropped(phase: Int, count: Int, examples: [String])
        case data(training: [[String]], problems: [String], heldOut: Int)
        case step
        case checkpoint
    }

    private let folder: RunFolder
    private let options: Options
    private let warn: @Sendable (String) -> Void
    private let notes: AsyncStream<Note>
    private nonisolated let post: AsyncStream<Note>.Continuation
    private var work: Task<Void, Never>?

    private var history: MetricsHistory
    private var journal = RunJournal()
    private var tensorBoard: TensorBoardLog?
    private var samples: (steps: [Int], rollouts: [RolloutSample]) = ([], [])
    private var hasBegun = false
    private var nextReport = ContinuousClock.now
    private var page: (lines: Int, html: String, made: ContinuousClock.Instant, took: Duration)?
    private var warned = Set<String>()

    /// - Parameters:
    ///   - path: the run directory; nothing is touched there before ``began(afterStep:parameters:)``.
    ///   - warn: is told what could not be kept, each kind once.
    public init(path: String, options: Options, warn: @escaping @Sendable (String) -> Void) {
        folder = RunFolder(unchecked: path)
        self.options = options
        self.warn = warn
        history = MetricsHistory(path: folder.metricsPath)
        (notes, post) = AsyncStream.makeStream()
    }

    // MARK: The training's side; all return at once

    /// The training begins, or goes on after `step`. The run directory is there, and its metrics end with that step.
    public nonisolated func began(afterStep step: Int, parameters: Int) {
        post.yield(.began(step: step, parameters: parameters))
        Task { await start() }
    }

    /// What the run trains on.
    ///
    /// - Parameters:
    ///   - training: the steps of each trajectory.
    ///   - problems: their problems.
    public nonisolated func describe(training: [[String]], problems: [String], heldOut: Int) {
        post.yield(.data(training: training, problems: problems, heldOut: heldOut))
    }

    /// A phase leaves something out.
    public nonisolated func dropped(phase: Int, _ reasons: [String]) {
        post.yield(.dropped(phase: phase, count: reasons.count, examples: Array(reasons.prefix(5))))
    }

    /// `metrics.jsonl` has another line.
    public nonisolated func finishedStep() { post.yield(.step) }

    public nonisolated func wroteCheckpoint() { post.yield(.checkpoint) }

    /// Waits until all is written, the last report too.
    public func finish() async {
        start()
        post.finish()
        await work?.value
        guard hasBegun else { return }
        follow()
        writeReport()
    }

    // MARK: Following

    private func start() {
        guard work == nil else { return }
        work = Task(priority: .utility) { for await note in notes { take(note) } }
    }

    private func take(_ note: Note) {
        switch note {
        case .began(let step, let parameters): begin(step, parameters)
        case .data(let training, let problems, let heldOut):
            journal.data = RunJournal.DataSummary(training: training, problems: problems, heldOut: heldOut)
            writeJournal()
        case .dropped(let phase, let count, let examples):
            journal.drops.removeAll { $0.phase == phase }
            journal.drops.append(RunJournal.Drops(phase: phase, count: count, examples: examples))
            journal.drops.sort { $0.phase < $1.phase }
            writeJournal()
        case .step: follow()
        case .checkpoint:
            follow()
            if ContinuousClock.now >= nextReport { writeReport() }
        }
    }

    private func begin(_ step: Int, _ parameters: Int) {
        hasBegun = true
        attempt("what is known of the run") {
            // A run that begins anew has no past.
            guard step > 0, let old = try RunJournal.read(from: folder.journalPath) else { return }
            journal.sessions = old.sessions
            // Phases that are over are not begun again.
            journal.drops = old.drops
        }
        journal.sessions.append(RunJournal.Session(step: step, began: ReportWriter.now()))
        journal.parameters = parameters
        writeJournal()
        guard options.tensorBoard else { return follow() }
        let log = TensorBoardLog(folder: folder.tensorBoardPath)
        // Of what earlier processes have left.
        attempt("TensorBoard events") {
            var last: Int?
            var old = MetricsHistory(path: folder.metricsPath)
            try old.update { last = $0.step }
            try log.rewind(to: last)
            tensorBoard = log
        }
        follow()
    }

    /// Takes up the lines that have come.
    private func follow() {
        guard hasBegun else { return }
        attempt("the metrics") {
            try history.update { line in
                attempt("TensorBoard events") { try tensorBoard?.append(line) }
            }
        }
    }

    private func writeJournal() {
        guard hasBegun else { return }
        attempt("run.json") { try journal.write(to: folder.journalPath) }
    }

    private func writeReport() {
        let start = ContinuousClock.now
        attempt("report.html") { try ReportWriter.write([try record()], to: folder.reportPath) }
        // A fiftieth of one processor at most.
        let took = ContinuousClock.now - start
        nextReport = ContinuousClock.now + max(.seconds(options.reportInterval), took * 50)
    }

    private func record() throws -> RunRecord {
        let steps = folder.rollouts.steps()
        if steps != samples.steps {
            // What was kept before may have been taken back by a resume.
            samples = (steps, try RolloutSample.samples(of: folder))
        }
        return RunRecord(
            name: folder.name, configuration: try folder.configuration(), history: history, journal: journal,
            rollouts: samples.rollouts)
    }

    private func attempt(_ what: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            guard warned.insert(what).inserted else { return }
            warn("\(what) cannot be kept: \(error)")
        }
    }

    // MARK: The dashboard's side

    /// The page as of now, and a tag that is another when the page is. Made anew at most every two seconds.
    ///
    /// - Throws: ``ReportError``, `FileError`.
    public func livePage() throws -> (html: String, tag: String) {
        guard hasBegun else { return (Self.waitingPage, "waiting") }
        if let page {
            let isFresh = ContinuousClock.now - page.made < max(.seconds(2), page.took * 20)
            if isFresh || page.lines == history.lineCount { return (page.html, "\(page.lines)") }
        }
        let start = ContinuousClock.now
        let html = ReportPage([try record()], made: ReportWriter.now(), isLive: true).html()
        page = (history.lineCount, html, ContinuousClock.now, ContinuousClock.now - start)
        return (html, "\(history.lineCount)")
    }

    private static let waitingPage = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
        <meta name="viewport" content="width=device-width, initial-scale=1"><title>Stepwise</title>
        <style>\(Stylesheet.css.text)</style></head><body><main><h1>The run is being prepared</h1>
        <p>Its curves are here as soon as the first step is made.</p></main></body></html>
        """
}
