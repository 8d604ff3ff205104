import Foundation
import Testing

/// A `serve` process on a free loopback port, ready to answer; ended with the value if nobody stopped it.
final class RunningService {
    let url: String
    let process: Process
    let log: URL
    private let folder: TemporaryFolder

    /// Starts the executable's `serve` and waits for its ready file.
    init(_ executable: Executable, port: Int = 0, _ arguments: [String] = []) throws {
        folder = try TemporaryFolder()
        log = folder.url.appending(path: "log")
        let readyFile = folder.url.appending(path: "ready.json")
        try Data().write(to: log)
        process = try executable.process(
            ["serve", "--port", String(port), "--ready-file", readyFile.path] + arguments)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()

        let deadline = Date(timeIntervalSinceNow: 20)
        while !FileManager.default.fileExists(atPath: readyFile.path), process.isRunning, Date() < deadline {
            usleep(20_000)
        }
        guard let ready = try? Data(contentsOf: readyFile) else {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            throw Failure(description: "\(executable.name) serve did not become ready; its log:\n\(text)")
        }
        url = try JSONDecoder().decode([String: String].self, from: ready)["url"] ?? ""
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var port: Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

    /// SIGTERM, then the exit status once it has drained.
    func stop(within seconds: Double = 20) throws -> Int32 {
        kill(process.processIdentifier, SIGTERM)
        guard process.ends(within: seconds) else {
            throw Failure(description: "the service was still running \(seconds) s after SIGTERM")
        }
        return process.terminationStatus
    }

    /// kill -9: what a machine that loses power looks like to its clients.
    func kill9() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}
