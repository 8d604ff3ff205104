import Synchronization

/// Shows how far a run has come: a bar on a terminal, a plain line now and then elsewhere.
///
/// ```swift
/// let progress = ProgressDisplay(title: "train", total: steps)
/// progress.update(completed: step, fields: [("reward", "0.53"), ("kept", "28/32")])
/// progress.finish("trained 100 steps in 4:10")
/// ```
public final class ProgressDisplay: Sendable {
    /// What is shown beside the bar, most important first.
    public typealias Field = (name: String, value: String)

    private struct State {
        var started: ContinuousClock.Instant?
        var completedAtStart = 0
        var lastShown: ContinuousClock.Instant?
        var isFinished = false
    }

    private let title: String
    private let total: Int?
    private let output: TerminalOutput
    private let plainInterval: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// - Parameters:
    ///   - total: what `completed` will reach; nil when it is not known.
    ///   - completed: where the work starts, when it is resumed: the time left is reckoned from what this process did.
    ///   - plainInterval: the least time between two lines where there is no terminal.
    public init(
        title: String, total: Int?, completed: Int = 0, output: TerminalOutput = .standardError,
        plainInterval: Duration = .seconds(10), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.title = title
        self.total = total
        self.output = output
        self.plainInterval = plainInterval
        self.now = now
        state = Mutex(State(started: now(), completedAtStart: completed))
    }

    /// Shows the state, at most ten times a second on a terminal and once an interval elsewhere; the last step always.
    public func update(completed: Int, fields: [Field] = []) {
        let time = now()
        let due = state.withLock { state -> ProgressRenderer? in
            guard !state.isFinished else { return nil }
            let pause = output.capabilities.isTerminal ? Duration.milliseconds(100) : plainInterval
            let isDue = state.lastShown.map { time - $0 >= pause } ?? true
            guard isDue || completed == total else { return nil }
            state.lastShown = time
            return renderer(completed: completed, fields: fields, time: time, state: state)
        }
        guard let renderer = due else { return }
        if output.capabilities.isTerminal {
            output.showStatus(renderer.bar(width: output.width - 1))
        } else {
            output.writeLine(renderer.plain())
        }
    }

    /// Takes the bar away and leaves a last line in its place. Later updates show nothing.
    public func finish(_ note: String? = nil) {
        state.withLock { $0.isFinished = true }
        output.clearStatus()
        if let note { output.writeLine(note) }
    }

    private func renderer(
        completed: Int, fields: [Field], time: ContinuousClock.Instant, state: State
    ) -> ProgressRenderer {
        let elapsed = state.started.map { seconds(time - $0) } ?? 0
        let done = completed - state.completedAtStart
        let remaining: Double? =
            if let total, done > 0 { elapsed / Double(done) * Double(max(0, total - completed)) } else { nil }
        return ProgressRenderer(
            title: title, completed: completed, total: total, fields: fields, elapsed: elapsed, remaining: remaining,
            hasUnicode: output.capabilities.hasUnicode)
    }

    private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
