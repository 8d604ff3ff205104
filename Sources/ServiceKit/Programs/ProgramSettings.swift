/// A program that the service runs and speaks to; in configuration files below its name.
public struct ProgramSettings: Codable, Sendable, Hashable {
    /// The executable and its arguments; no shell reads them.
    public var command: [String]
    /// What its owner calls this version of it. Change it whenever the same input may get another score: it is part of fingerprints.
    public var version: String
    /// What one answer may take; then the program is killed and started anew.
    public var timeoutSeconds: Double
    /// Address space of one process.
    public var memoryMegabytes: Int
    /// Processes that run side by side.
    public var workers: Int

    public init(
        command: [String], version: String = "1", timeoutSeconds: Double = 10, memoryMegabytes: Int = 1024,
        workers: Int = 1
    ) {
        self.command = command
        self.version = version
        self.timeoutSeconds = timeoutSeconds
        self.memoryMegabytes = memoryMegabytes
        self.workers = workers
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = ProgramSettings(command: [])
        command = try values.decode([String].self, forKey: .command)
        version = try values.decodeIfPresent(String.self, forKey: .version) ?? defaults.version
        timeoutSeconds = try values.decodeIfPresent(Double.self, forKey: .timeoutSeconds) ?? defaults.timeoutSeconds
        memoryMegabytes = try values.decodeIfPresent(Int.self, forKey: .memoryMegabytes) ?? defaults.memoryMegabytes
        workers = try values.decodeIfPresent(Int.self, forKey: .workers) ?? defaults.workers
    }

    /// - Throws: `CommandFailure` naming the setting that makes no sense.
    public func check(name: String) throws(CommandFailure) {
        func refuse(_ key: String, _ message: String) -> CommandFailure {
            CommandFailure("'programs.\(name).\(key)' \(message)", exitStatus: .configuration)
        }
        guard command.first?.isEmpty == false else { throw refuse("command", "must name an executable") }
        guard (0.01...3600).contains(timeoutSeconds) else {
            throw refuse("timeoutSeconds", "must be from 0.01 to 3600, and is \(timeoutSeconds)")
        }
        guard (16...1_048_576).contains(memoryMegabytes) else {
            throw refuse("memoryMegabytes", "must be from 16 to 1048576, and is \(memoryMegabytes)")
        }
        guard (1...64).contains(workers) else { throw refuse("workers", "must be from 1 to 64, and is \(workers)") }
    }
}
