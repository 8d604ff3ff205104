import Foundation
import ModelCore
import ServiceKit

/// What a peer's script is told before it is asked: see the scripts in Benchmarks/peers.
struct PeerWork: Encodable {
    struct Row: Encodable {
        let prompt: [TokenID]
        let completion: [TokenID]
        let old: [Float]
        let advantage: Double
    }

    struct Batch: Encodable {
        /// What prompts are padded to.
        let width: Int
        let rows: [Row]
    }

    struct Item: Encodable {
        let action: String
        var sequences: [[TokenID]]?
        var prompts: [[TokenID]]?
        var new: Int?
        var samples: Bool?
        var batches: [Batch]?
        var trunks: [[[TokenID]]]?
        var marker: [TokenID]?
        var group: Int?
        var concurrent: Int?
        var experts: [String]?

        enum CodingKeys: String, CodingKey {
            case action, sequences, prompts, new, samples, batches, trunks, marker, group, concurrent, experts
            case markerLength = "marker_length"
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(action, forKey: .action)
            try values.encodeIfPresent(sequences, forKey: .sequences)
            try values.encodeIfPresent(prompts, forKey: .prompts)
            try values.encodeIfPresent(new, forKey: .new)
            try values.encodeIfPresent(samples, forKey: .samples)
            try values.encodeIfPresent(batches, forKey: .batches)
            try values.encodeIfPresent(trunks, forKey: .trunks)
            try values.encodeIfPresent(marker, forKey: .marker)
            try values.encodeIfPresent(marker?.count, forKey: .markerLength)
            try values.encodeIfPresent(group, forKey: .group)
            try values.encodeIfPresent(concurrent, forKey: .concurrent)
            try values.encodeIfPresent(experts, forKey: .experts)
        }
    }

    var trains = false
    var threads = BLAS.threads
    var items: [String: Item] = [:]
}

/// A peer's script in a process of its own, asked for one repeat of one piece of work at a time.
final class PeerProcess {
    struct Answer: Decodable {
        let seconds: Double
        /// A number that shows what was computed, such as a loss.
        let check: Double
    }

    private struct Greeting: Decodable { let name: String }
    private struct Request: Encodable { let work: String }

    let name: String
    private let script: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let folder: URL
    private var buffered = Data()

    /// - Parameter script: a file of Benchmarks/peers; it is given `arguments` and then the path of the work.
    init(_ script: String, arguments: [String], work: PeerWork) throws {
        self.script = script
        let path = try Checkout.required("Benchmarks/peers/\(script)")
        let environment = ProcessInfo.processInfo.environment["STEPWISE_PEERS"] ?? ".build-peers"
        let python = environment + "/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw CommandFailure(
                "\(python): there is no such interpreter; run Benchmarks/peers/setup first, or set STEPWISE_PEERS",
                exitStatus: .missingInput)
        }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("stepwise-peer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("work.json")
        try JSONEncoder().encode(work).write(to: file)
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [path] + arguments + [file.path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        name = try Self.decode(Greeting.self, Self.line(from: output, &buffered, script), script).name
    }

    deinit {
        // The end of its input ends the script.
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    func run(_ work: String) throws -> Answer {
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(Request(work: work)) + Data("\n".utf8))
        return try Self.decode(Answer.self, Self.line(from: output, &buffered, script), script)
    }

    private static func line(from pipe: Pipe, _ buffered: inout Data, _ script: String) throws -> Data {
        while true {
            if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(buffered[..<end])
                buffered = Data(buffered[(end + 1)...])
                return line
            }
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw CommandFailure("Benchmarks/peers/\(script) ended without an answer; its message is above")
            }
            buffered += more
        }
    }

    private static func decode<Message: Decodable>(_ type: Message.Type, _ line: Data, _ script: String) throws
        -> Message
    {
        do {
            return try JSONDecoder().decode(type, from: line)
        } catch {
            throw CommandFailure("Benchmarks/peers/\(script) answered '\(String(decoding: line, as: UTF8.self))'")
        }
    }
}
