/// What a run may take of the machine's memory, and how it saves some.
public struct MemoryConfiguration: Codable, Sendable, Equatable {
    /// Of the process, at its peak. A run that would need more takes smaller micro-batches and decodes fewer completions at a time, and is refused
    /// where that is not enough. Without it, what the machine has free when the run begins is the limit.
    public var limitGiB: Double?
    /// Keeps only each layer's input and computes the rest again in backward: a third more time for a fraction of the memory.
    public var activationCheckpointing: Bool
    /// Completions that grow at the same time, at most.
    public var concurrentSequences: Int

    public init(limitGiB: Double? = nil, activationCheckpointing: Bool = false, concurrentSequences: Int = 256) {
        self.limitGiB = limitGiB
        self.activationCheckpointing = activationCheckpointing
        self.concurrentSequences = concurrentSequences
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = MemoryConfiguration()
        limitGiB = try values.decodeIfPresent(Double.self, forKey: .limitGiB)
        activationCheckpointing =
            try values.decodeIfPresent(Bool.self, forKey: .activationCheckpointing) ?? defaults.activationCheckpointing
        concurrentSequences =
            try values.decodeIfPresent(Int.self, forKey: .concurrentSequences) ?? defaults.concurrentSequences
    }

    func validate() throws(TrainingError) {
        if let limitGiB, !(limitGiB > 0 && limitGiB.isFinite) {
            throw TrainingError(.configuration, "'memory.limitGiB' is \(limitGiB), and must be above 0")
        }
        guard concurrentSequences >= 1 else {
            throw TrainingError(.configuration, "'memory.concurrentSequences' must be 1 or more")
        }
    }
}
