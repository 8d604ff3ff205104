import Foundation
import Testing

/// python3 as it is in the PATH, for what is written for Python's users.
enum Python {
    static let isInstalled = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/python3")
    }

    /// Runs a script to its end.
    ///
    /// - Parameter folder: where its modules are looked for.
    static func run(_ script: String, modules folder: URL) throws -> Executable.Outcome {
        let scratch = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", try scratch.write(script, to: "script.py")]
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONPATH": folder.path]) { _, new in new }
        let (output, error) = (scratch.url.appending(path: "output"), scratch.url.appending(path: "error"))
        for file in [output, error] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: error)
        try process.run()
        if !process.ends(within: 60) {
            kill(process.processIdentifier, SIGKILL)
            Issue.record("the script did not end:\n\(script)")
        }
        return Executable.Outcome(
            status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            error: try String(contentsOf: error, encoding: .utf8))
    }
}
