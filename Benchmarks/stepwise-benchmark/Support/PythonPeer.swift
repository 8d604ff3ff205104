import Foundation
import ServiceKit

/// A script of Benchmarks/peers in a process of its own, asked one thing at a time: a line of JSON each way.
final class PythonPeer {
    private let script: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let folder: URL
    private var buffered = Data()

    /// Starts a script with the interpreter that `setup-peers` made, or the system's. Nil when there is none.
    convenience init?(_ script: String, prepare: (URL) throws -> [String]) throws {
        guard let python = Self.python else { return nil }
        try self.init(script, python: python, prepare: prepare)
    }

    /// - Parameter prepare: writes what the script reads into a folder that is removed with the peer, and gives the script's arguments.
    init(_ script: String, python: String, prepare: (URL) throws -> [String]) throws {
        self.script = try Checkout.required("Benchmarks/peers/\(script)")
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "stepwise-benchmark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [self.script] + (try prepare(folder))
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    deinit {
        // The end of its input ends the script.
        try? input.fileHandleForWriting.close()
        if process.isRunning { process.waitUntilExit() }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Sends a request and waits for the answer.
    func ask<Answer: Decodable>(_ request: some Encodable) throws -> Answer {
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(request) + Data("\n".utf8))
        return try answer()
    }

    /// The next message of the script.
    func answer<Message: Decodable>() throws -> Message {
        let line = try line()
        do {
            return try JSONDecoder().decode(Message.self, from: line)
        } catch {
            throw CommandFailure("\(script) answered '\(String(decoding: line.prefix(500), as: UTF8.self))'")
        }
    }

    private static var python: String? {
        (["Benchmarks/.venv/bin/python"]
            + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { $0 + "/python3" })
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private func line() throws -> Data {
        var searched = 0
        while true {
            if let end = buffered.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(buffered[..<end])
                buffered = Data(buffered[(end + 1)...])
                return line
            }
            searched = buffered.count
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw CommandFailure("\(script) ended without an answer; its message is above")
            }
            buffered += more
        }
    }
}
