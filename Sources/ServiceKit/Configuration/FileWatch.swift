import Foundation
import Transport

/// Notices when a file is written, or another one is put in its place (as editors and Kubernetes do).
public struct FileWatch: Sendable {
    public let path: String
    /// How often the file is looked at. A change counts once the file has stayed the same from one look to the next: before that it may be half
    /// written.
    public let interval: Duration

    private let paths: [String]
    private let first: [FileIdentity?]

    /// Takes the file as it is now for known: made before the file is read, a watch misses no change.
    public init(_ path: String, interval: Duration = .milliseconds(500)) {
        self.init(together: [path], interval: interval)
    }

    /// Watches files that are of use together only: a change counts once all of them are there and have stayed the same.
    ///
    /// - Parameter paths: one or more.
    public init(together paths: [String], interval: Duration = .milliseconds(500)) {
        path = paths[0]
        self.paths = paths
        self.interval = interval
        first = paths.map(FileIdentity.init)
    }

    /// Calls `changed` after each change, until the task is cancelled. A file that has gone is no change until it is there again.
    public func run(_ changed: @Sendable () async -> Void) async {
        var known = first
        var candidate = known
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: interval)
            } catch { return }
            let now = paths.map(FileIdentity.init)
            guard !now.contains(where: { $0 == nil }) else { continue }
            if now == candidate, now != known {
                known = now
                await changed()
            }
            candidate = now
        }
    }
}
