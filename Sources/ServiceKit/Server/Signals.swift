import Foundation
import ServiceAPI
import Transport
import UnixSignals

/// Work that SIGINT (Ctrl-C) or SIGTERM ended.
public struct Interrupted: UserFacingError {
    public let signal: UnixSignal

    public var description: String { signal == .sigint ? "interrupted" : "terminated" }
    public var exitStatus: ExitStatus { signal == .sigint ? .interrupted : .terminated }
}

enum Signals {
    /// Gives SIGINT and SIGTERM their own effect again, so that a second one ends the process at once.
    static func restoreDefaults() {
        for number in [SIGINT, SIGTERM] {
            // Linux keeps signals of default effect from process 1, which the executable is in a container: there it must end itself.
            signal(number, getpid() == 1 ? { _exit(128 + $0) } : SIG_DFL)
        }
    }

    /// Makes process 1 end on SIGINT and SIGTERM as any other process does, until something handles them better.
    static func prepareProcessOne() {
        if getpid() == 1 { restoreDefaults() }
    }
}

/// Calls `action` for every SIGHUP, which then no longer ends the process, until the task is cancelled.
public func onHangup(_ action: @Sendable () async -> Void) async {
    for await _ in await UnixSignalsSequence(trapping: .sighup) { await action() }
}

/// Runs a command's work; SIGINT or SIGTERM cancels it and waits until it has cleaned up, and a second one ends the process at once.
///
/// - Throws: what `work` throws; ``Interrupted`` when a signal ended it.
public func withInterruption<Result: Sendable>(
    _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return try await withThrowingTaskGroup(of: InterruptionEvent<Result>.self) { group in
        group.addTask { .finished(try await work()) }
        group.addTask {
            for await signal in signals { return .signal(signal) }
            return .cancelled
        }
        var caught: UnixSignal?
        do {
            while let event = try await group.next() {
                switch event {
                case .finished(let result):
                    group.cancelAll()
                    if let caught { throw Interrupted(signal: caught) }
                    return result
                case .signal(let signal):
                    caught = signal
                    Signals.restoreDefaults()
                    group.cancelAll()
                case .cancelled: continue
                }
            }
        } catch {
            group.cancelAll()
            // What the cancellation caused is no error of its own; anything else, such as a checkpoint that could not be written, is.
            if let caught, isCancellation(error) { throw Interrupted(signal: caught) }
            throw error
        }
        throw CancellationError()
    }
}

private enum InterruptionEvent<Result: Sendable>: Sendable {
    case finished(Result)
    case signal(UnixSignal)
    case cancelled
}

private func isCancellation(_ error: any Error) -> Bool {
    error is CancellationError || (error as? TransportError)?.code == .cancelled
}
