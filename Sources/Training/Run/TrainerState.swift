import Foundation
import ModelCore
import ServiceAPI

/// What a run needs beside the model to continue as if it had not stopped: written to `trainer-state/` of each checkpoint.
struct TrainerState: Codable, Equatable {
    /// Optimiser steps done in the whole run.
    var step = 0
    /// The phase of the next step, and the steps done in it.
    var phase = 0
    var stepInPhase = 0
    /// Where the next instances are drawn.
    var cursor = InstanceOrder.Cursor()
    /// The reward function that scored last.
    var fingerprint: String?
    /// What scored each thing last, where a list scores several (``RewardUse``).
    var fingerprints: [String: String]?
    /// Updates in a row that were left out because their gradients were not finite.
    var skippedInARow: Int?
    /// Updates that the optimiser has made in this phase.
    var optimizerSteps = 0
    /// The last steps of phases that are finished.
    var phaseEnds: [Int] = []

    /// What scored this last; nil when nothing has.
    func fingerprint(of use: RewardUse, in list: RewardList) -> String? {
        list.distinguishesUses ? fingerprints?[use.rawValue] : fingerprint
    }

    mutating func remember(_ fingerprint: String, of use: RewardUse, in list: RewardList) {
        self.fingerprint = fingerprint
        if list.distinguishesUses { fingerprints = (fingerprints ?? [:]).merging([use.rawValue: fingerprint]) { $1 } }
    }

    private static let folder = "trainer-state"
    private static let file = "state.json"
    private static let optimizerFile = "optimizer.safetensors"
    /// PyTorch's names for Adam's moments.
    private static let firstPrefix = "exp_avg."
    private static let secondPrefix = "exp_avg_sq."

    /// Writes the state into a checkpoint's (temporary) folder, one parameter's moments in memory at a time.
    ///
    /// - Parameter optimizer: left out at a phase's end, since the next phase begins with a fresh one.
    func write(optimizer: AdamW?, of parameters: ParameterStore, into checkpoint: String) throws {
        let folder = checkpoint + "/" + Self.folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try DurableFile.write(ServiceJSON.encode(self, pretty: true), to: folder + "/" + Self.file)
        guard let optimizer else { return }
        let entries = Dictionary(uniqueKeysWithValues: parameters.entries.map { ($0.name, $0) })
        let tensors = parameters.entries.flatMap { entry in
            [Self.firstPrefix, Self.secondPrefix].map {
                SafetensorsFile.Output(name: $0 + entry.name, shape: entry.shape)
            }
        }
        try SafetensorsFile.write(tensors, to: folder + "/" + Self.optimizerFile) { name in
            let isFirst = name.hasPrefix(Self.firstPrefix)
            let prefix = isFirst ? Self.firstPrefix : Self.secondPrefix
            guard let entry = entries[String(name.dropFirst(prefix.count))] else { return [] }
            return isFirst ? optimizer.firstMoment(of: entry) : optimizer.secondMoment(of: entry)
        }
    }

    /// Reads the state of a checkpoint.
    ///
    /// - Throws: ``TrainingError`` naming the file that is missing or damaged.
    static func read(from checkpoint: String) throws -> TrainerState {
        let path = checkpoint + "/" + folder + "/" + file
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw TrainingError(
                .runDirectory,
                "\(path) cannot be read: the checkpoint has no trainer state, so a run cannot resume from it")
        }
        do throws(ProblemDetails) {
            return try ServiceJSON.decode(TrainerState.self, from: [UInt8](bytes))
        } catch {
            throw TrainingError(.runDirectory, "\(path) is damaged: \(error)")
        }
    }

    /// Gives an optimiser the moments of a checkpoint; nothing where a phase begins.
    ///
    /// - Throws: `CheckpointError` naming the file and tensor; `ModelError`.
    func restore(_ optimizer: AdamW, from checkpoint: String) throws {
        guard optimizerSteps > 0 else { return }
        let tensors = try SafetensorsFile(path: checkpoint + "/" + Self.folder + "/" + Self.optimizerFile)
        try optimizer.restore(stepCount: optimizerSteps) { entry in
            (try tensors.floats(Self.firstPrefix + entry.name), try tensors.floats(Self.secondPrefix + entry.name))
        }
    }
}
