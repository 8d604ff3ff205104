import Foundation

/// A program that is not ours, run against our server. Tests that need one are skipped, with a message, where it is
/// not installed.
struct ExternalTool: Sendable {
    struct Output: Sendable {
        let status: Int32
        let standardOutput: Data
        let standardError: String
        var text: String { String(decoding: standardOutput, as: UTF8.self) }
    }

    let name: String
    private let url: URL

    /// Nil, and a line that says so, when the program is not on the PATH.
    init?(_ name: String) {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let path = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let path else {
            print("skipped: \(name) is not installed, so its part of the interoperability tests did not run")
            return nil
        }
        self.name = name
        url = URL(fileURLWithPath: path)
    }

    /// Runs the program to its end, for 30 seconds at most. Blocks no thread of the cooperative pool.
    func run(_ arguments: [String]) async throws -> Output {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: nobody has to read while the program writes.
        process.standardOutput = try folder.handle("out")
        process.standardError = try folder.handle("err")
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                return continuation.resume(throwing: error)
            }
            let identifier = process.processIdentifier
            DispatchQueue.global().asyncAfter(deadline: .now() + 30) { [weak process] in
                if let process, process.isRunning, process.processIdentifier == identifier { process.terminate() }
            }
        }
        return Output(
            status: status, standardOutput: try Data(contentsOf: folder.url("out")),
            standardError: String(decoding: try Data(contentsOf: folder.url("err")), as: UTF8.self))
    }
}

/// A folder that goes when its owner goes.
final class TemporaryFolder: Sendable {
    private let root: URL

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("stepwise-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit {
        // What is left in the temporary folder is the system's to clean.
        try? FileManager.default.removeItem(at: root)
    }

    func url(_ name: String) -> URL { root.appendingPathComponent(name) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: url(name))
        return url(name).path
    }

    fileprivate func handle(_ name: String) throws -> FileHandle {
        try Data().write(to: url(name))
        return try FileHandle(forWritingTo: url(name))
    }
}
