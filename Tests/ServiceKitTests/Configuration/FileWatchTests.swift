import Foundation
import ServiceKit
import Synchronization
import TestSupport
import Testing

@Suite struct FileWatchTests {
    private final class Count: Sendable {
        private let stored = Mutex(0)
        var value: Int { stored.withLock { $0 } }
        func add() { stored.withLock { $0 += 1 } }
    }

    @Test func noticesWritesAndReplacementsOnce() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("one", to: "file")
        let changes = Count()
        let watching = Task {
            await FileWatch(path, interval: .milliseconds(20)).run { changes.add() }
        }
        func expect(_ count: Int, after change: () throws -> Void) async throws {
            try await Task.sleep(for: .milliseconds(150))
            try change()
            for _ in 0..<500 where changes.value < count { try await Task.sleep(for: .milliseconds(20)) }
            // Nothing more comes of it.
            try await Task.sleep(for: .milliseconds(150))
            #expect(changes.value == count)
        }
        try await expect(0) {}
        try await expect(1) { try folder.write("three", to: "file") }
        try await expect(2) {
            try folder.write("other", to: "file.new")
            #expect(rename(path + ".new", path) == 0)
        }
        try await expect(2) { try FileManager.default.removeItem(atPath: path) }
        try await expect(3) { try folder.write("again", to: "file") }
        watching.cancel()
        await watching.value
    }

    @Test func filesThatBelongTogetherChangeOnce() async throws {
        let folder = try TemporaryFolder()
        let paths = try ["one", "two"].map { try folder.write($0, to: $0) }
        let changes = Count()
        let watching = Task {
            await FileWatch(together: paths, interval: .milliseconds(100)).run { changes.add() }
        }
        try await Task.sleep(for: .milliseconds(300))
        try FileManager.default.removeItem(atPath: paths[1])
        try folder.write("other", to: "one")
        // Half of it is no change, however long it lasts.
        try await Task.sleep(for: .milliseconds(500))
        #expect(changes.value == 0)
        try folder.write("other", to: "two")
        for _ in 0..<500 where changes.value < 1 { try await Task.sleep(for: .milliseconds(20)) }
        try await Task.sleep(for: .milliseconds(500))
        #expect(changes.value == 1)
        watching.cancel()
        await watching.value
    }
}
