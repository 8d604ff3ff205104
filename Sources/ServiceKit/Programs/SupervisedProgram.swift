import Foundation
import ServiceAPI

/// A program that answers JSON lines on its standard output to JSON lines on its standard input, in as many processes as its settings say.
///
/// A process is started when it is first needed. It is killed when an answer takes too long or is not one, and when it has died it is started again, after a pause
/// that grows while it dies at once. What it writes to standard error goes to the service's.
public final class SupervisedProgram: Sendable {
    public let settings: ProgramSettings
    private let workers: [ProgramWorker]

    public init(name: String, settings: ProgramSettings) {
        self.settings = settings
        workers = (0..<settings.workers).map { _ in ProgramWorker(name: name, settings: settings) }
        // A program that dies while a line is written to it must not take the service with it.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Which program it is: its command and version.
    public var identity: String { (settings.command + [settings.version]).joined(separator: " ") }

    /// Sends `message` with an `id` of its own as a line and waits for the line that repeats the id.
    ///
    /// - Throws: `ItemError` with one of the codes `externalBusy`, `externalUnavailable`, `externalTimeout`, `externalDied` and `externalAnswer`.
    public func answer(to message: [String: JSONValue]) throws(ItemError) -> [String: JSONValue] {
        let deadline = Date(timeIntervalSinceNow: settings.timeoutSeconds)
        for worker in workers where worker.tryLock() { return try worker.answerAndUnlock(message, until: deadline) }
        let worker = workers[Int.random(in: workers.indices)]
        guard worker.lock(before: deadline) else {
            throw ItemError(
                code: "externalBusy",
                message:
                    "all processes of the program were busy for \(settings.timeoutSeconds) s; configure more workers")
        }
        return try worker.answerAndUnlock(message, until: Date(timeIntervalSinceNow: settings.timeoutSeconds))
    }

    /// Ends the processes that run.
    public func stop() {
        for worker in workers where worker.lock(before: Date(timeIntervalSinceNow: settings.timeoutSeconds + 1)) {
            worker.stopAndUnlock()
        }
    }

    deinit { stop() }
}
