import Foundation

/// Notices when a file is written, or another one is put in its place (as editors and Kubernetes do).
public struct FileWatch: Sendable {
    public let path: String
    /// How often the file is looked at. A change counts once the file has stayed the same from one look to the next: before that it may be half
    /// written.
    public let interval: Duration

    private let first: FileIdentity?

    /// Takes the file as it is now for known: made before the file is read, a watch misses no change.
    public init(_ path: String, interval: Duration = .milliseconds(500)) {
        self.path = path
        self.interval = interval
        first = FileIdentity(path)
    }

    /// Calls `changed` after each change, until the task is cancelled. A file that has gone is no change until it is there again.
    public func run(_ changed: @Sendable () async -> Void) async {
        var known = first
        var candidate = known
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: interval)
            } catch { return }
            guard let now = FileIdentity(path) else { continue }
            if now == candidate, now != known {
                known = now
                await changed()
            }
            candidate = now
        }
    }
}

/// What `stat` says of a file that changes when it is written or replaced.
private struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
