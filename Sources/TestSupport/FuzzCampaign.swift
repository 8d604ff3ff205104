import Foundation

/// Many runs of one thing on damaged input, each determined by its number alone, so that one that fails can be made again.
///
/// How many is set by STEPWISE_FUZZ_RUNS (`make fuzz RUNS=..`), the first one's number by STEPWISE_FUZZ_START. The number of the run
/// under way stands in a file while it lasts: after a crash, that is the run that crashed. A run that does not end within two
/// minutes ends the process by SIGALRM.
public struct FuzzCampaign: CustomStringConvertible {
    public let name: String
    /// Runs that have read their input, and those that have refused it.
    public private(set) var accepted = 0
    public private(set) var refused = 0
    private var slowest = (run: 0, seconds: 0.0)
    /// How much the process's peak of memory has grown, in KiB.
    public private(set) var memoryGrowth = 0

    private static func setting(_ key: String) -> Int? {
        ProcessInfo.processInfo.environment[key].flatMap { Int($0) }
    }

    /// Makes all runs.
    ///
    /// - Parameters:
    ///   - fallback: the number of runs where none is set: as many as take a moment.
    ///   - body: one run; false where the input was refused as it should be. An error it throws ends the campaign.
    public init(
        _ name: String, runs fallback: Int = 3000, body: (inout SeededGenerator) throws -> Bool
    ) throws {
        self.name = name
        let start = Self.setting("STEPWISE_FUZZ_START") ?? 0
        let count = Self.setting("STEPWISE_FUZZ_RUNS") ?? fallback
        let path = NSTemporaryDirectory() + "stepwise-fuzz-\(name)-\(getpid())"
        try Data().write(to: URL(fileURLWithPath: path))
        let record = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let memory = ProcessMemory.peak
        let clock = ContinuousClock()
        for run in start..<start + count {
            try record.seek(toOffset: 0)
            try record.write(contentsOf: Data("\(run)\n".utf8))
            alarm(120)
            // Spread, since neighbouring seeds of the generator give sequences that overlap.
            var random = SeededGenerator(seed: UInt64(run) &* 0xD129_0D3B_3E4B_9A5D)
            let begin = clock.now
            do {
                if try body(&random) { accepted += 1 } else { refused += 1 }
            } catch {
                alarm(0)
                throw Failure(name: name, run: run, error: error)
            }
            let seconds = (clock.now - begin) / .seconds(1)
            if seconds > slowest.seconds { slowest = (run, seconds) }
        }
        alarm(0)
        memoryGrowth = ProcessMemory.peak - memory
        try record.close()
        try FileManager.default.removeItem(atPath: path)
        print(self)
    }

    /// An error that no run should end with.
    public struct Failure: Error, CustomStringConvertible {
        let name: String
        let run: Int
        let error: any Error

        public var description: String { "\(name): run \(run) ended with \(error)" }
    }

    public var description: String {
        "\(name): \(accepted + refused) runs, \(accepted) read, \(refused) refused, no crash; slowest "
            + String(format: "%.3f s (run %d)", slowest.seconds, slowest.run)
            + ", peak memory grew by \(memoryGrowth / 1024) MiB"
    }
}
