import Foundation
import Testing

/// `scripts/demo --quick`: the three processes together, to the end and interrupted.
@Suite struct DemoTests {
    private let folder: TemporaryFolder
    private var output: String { folder.url.appending(path: "demo").path }
    private var log: String { (try? String(contentsOf: folder.url.appending(path: "log"), encoding: .utf8)) ?? "" }

    init() throws { folder = try TemporaryFolder() }

    private func start() throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [Checkout.url.appending(path: "scripts/demo").path, "--quick"]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["STEPWISE_BINARIES": Executable.folder.path, "STEPWISE_DEMO_OUTPUT": output]) { $1 }
        let file = URL(filePath: try folder.write("", to: "log"))
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: file)
        process.standardError = process.standardOutput
        try process.run()
        return process
    }

    /// Processes, of whatever parent, that were started for this test's folder.
    private func leftBehind() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.compactMap { name in
            let bytes = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
            let command = String(decoding: bytes, as: UTF8.self).replacing("\0", with: " ")
            return command.contains(output) ? command : nil
        }
    }

    @Test func itRunsToTheEnd() throws {
        let demo = try start()
        try #require(demo.ends(within: 180), "\(log)")
        #expect(demo.terminationStatus == 0, "\(log)")
        for row in ["base ", "SRL "] { #expect(log.contains("\n" + row), "\(log)") }
        #expect(log.contains("The run directory is \(output)"))
        #expect(try leftBehind() == [])
    }

    enum Moment: String, CaseIterable, Sendable {
        case serviceStart, sft, srl, evaluation
    }

    private func hasCome(_ moment: Moment) -> Bool {
        let metrics = FileManager.default.contents(atPath: output + "/metrics.jsonl") ?? Data()
        return switch moment {
        case .serviceStart: FileManager.default.fileExists(atPath: output + "/services/stepwise-reward.log")
        case .sft: metrics.count { $0 == UInt8(ascii: "\n") } >= 4
        case .srl: metrics.count { $0 == UInt8(ascii: "\n") } >= 22
        case .evaluation: log.contains("evaluate base")
        }
    }

    /// As a terminal does it: SIGINT to the whole process group.
    @Test(arguments: Moment.allCases)
    func interruptionLeavesNoProcessBehind(at moment: Moment) throws {
        let demo = try start()
        try #require(eventually(within: 120) { hasCome(moment) || !demo.isRunning })
        let group = getpgid(demo.processIdentifier)
        kill(group == getpgrp() ? demo.processIdentifier : -group, SIGINT)
        try #require(demo.ends(within: 60), "\(log)")
        #expect(try leftBehind() == [])
        // After the last evaluation there is nothing left to interrupt.
        #expect(demo.terminationStatus == 130 || log.contains("The run directory is"), "\(log)")
    }
}
