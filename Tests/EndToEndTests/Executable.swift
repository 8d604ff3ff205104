import Foundation
import Testing

/// The built executables, run as a user runs them: processes of their own, real sockets, real files.
struct Executable: Sendable {
    let name: String

    static let trainer = Executable(name: "stepwise-trainer")
    static let reward = Executable(name: "stepwise-reward")
    static let evaluator = Executable(name: "stepwise-evaluator")

    /// The test binary lies beside the executables that the same build made.
    static let folder: URL = {
        let test = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return test.deletingLastPathComponent()
    }()

    var url: URL { Self.folder.appending(path: name) }

    struct Outcome {
        let status: Int32
        let output: String
        let error: String
    }

    /// Runs to the end, or kills after `timeout` seconds and reports it as a test failure.
    func run(_ arguments: [String], input: Data? = nil, in folder: URL? = nil, timeout: Double = 60) throws -> Outcome {
        let scratch = try TemporaryFolder()
        let outputFile = scratch.url.appending(path: "stdout")
        let errorFile = scratch.url.appending(path: "stderr")
        let inputFile = scratch.url.appending(path: "stdin")
        for file in [outputFile, errorFile] { try Data().write(to: file) }
        try (input ?? Data()).write(to: inputFile)

        let process = try process(arguments, in: folder)
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        if !process.ends(within: timeout) {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            Issue.record("\(name) \(arguments.joined(separator: " ")) did not end within \(timeout) s")
        }
        return Outcome(
            status: process.terminationStatus,
            output: try String(contentsOf: outputFile, encoding: .utf8),
            error: try String(contentsOf: errorFile, encoding: .utf8))
    }

    func process(_ arguments: [String], in folder: URL? = nil) throws -> Process {
        try #require(FileManager.default.isExecutableFile(atPath: url.path), "\(url.path) has not been built")
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.currentDirectoryURL = folder
        return process
    }
}

extension String {
    /// What `--print-config` prints without the comments that say where each value comes from.
    var withoutOrigins: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let comment = line.firstRange(of: " # ") else { return String(line) }
            let end = line[..<comment.lowerBound].lastIndex { $0 != " " }
            return end.map { String(line[...$0]) } ?? ""
        }.joined(separator: "\n")
    }
}

extension Process {
    /// Polls, because `waitUntilExit` knows no deadline.
    func ends(within seconds: Double) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while isRunning, Date() < deadline { usleep(20_000) }
        return !isRunning
    }
}

/// A folder that goes with the value that holds it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "stepwise-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, to name: String) throws -> String {
        let file = url.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }
}
