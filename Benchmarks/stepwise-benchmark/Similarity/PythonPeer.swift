import Foundation
import ServiceKit

/// Benchmarks/peers/similarity.py in a process of its own, asked one thing at a time.
final class PythonPeer {
    struct Greeting: Decodable {
        let python: String
        let implementations: [String]
    }

    struct Request: Encodable {
        let implementation: String
        let autojunk: Bool
        let pairs: [Int]
    }

    struct Answer: Decodable {
        let seconds: Double
        let ratios: [String]
    }

    let greeting: Greeting
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let folder: URL
    private var buffered = Data()

    /// Nil when there is no Python.
    init?(_ pairs: [SimilarityPair]) throws {
        guard let python = Self.python else { return nil }
        let script = try Checkout.required("Benchmarks/peers/similarity.py")
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "stepwise-benchmark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("pairs.jsonl")
        var lines = Data()
        for pair in pairs {
            lines += try JSONEncoder().encode(["a": pair.action, "b": pair.expert])
            lines.append(UInt8(ascii: "\n"))
        }
        try lines.write(to: file)
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script, file.path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        greeting = try Self.decode(Greeting.self, Self.line(from: output, &buffered))
    }

    deinit {
        // The end of its input ends the script.
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    func ask(_ request: Request) throws -> Answer {
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(request) + Data("\n".utf8))
        return try Self.decode(Answer.self, Self.line(from: output, &buffered))
    }

    /// The interpreter that `setup-peers` made, or the system's.
    private static var python: String? {
        (["Benchmarks/.venv/bin/python"]
            + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { $0 + "/python3" })
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func line(from pipe: Pipe, _ buffered: inout Data) throws -> Data {
        while true {
            if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(buffered[..<end])
                buffered = Data(buffered[(end + 1)...])
                return line
            }
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw CommandFailure("Benchmarks/peers/similarity.py ended without an answer; its message is above")
            }
            buffered += more
        }
    }

    private static func decode<Message: Decodable>(_ type: Message.Type, _ line: Data) throws -> Message {
        do {
            return try JSONDecoder().decode(type, from: line)
        } catch {
            throw CommandFailure("Benchmarks/peers/similarity.py answered '\(String(decoding: line, as: UTF8.self))'")
        }
    }
}
