import Foundation

/// Two processes that train in one run directory would undo each other's steps: a lock on a file in it, for as long as this lives. The
/// system lets go of it when the process ends, however it ends.
public final class RunLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``TrainingError`` where another process holds the lock, or its file cannot be opened.
    init(_ path: String, of run: String) throws(TrainingError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw TrainingError(.runDirectory, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        // A file system that knows no locks is no reason not to train.
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
        throw TrainingError(
            .runDirectory,
            "\(run) is being trained by another process: wait until it has ended, or stop it, before you continue the run"
        )
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
