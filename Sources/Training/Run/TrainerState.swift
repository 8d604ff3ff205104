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
    /// Updates that the optimiser has made in this phase.
    var optimizerSteps = 0
    /// The last steps of phases that are finished.
    var phaseEnds: [Int] = []

    private static let folder = "trainer-state"
    private static let file = "state.json"
    private static let optimizerFile = "optimizer.safetensors"

    /// Writes the state into a checkpoint's (temporary) folder.
    func write(optimizer: AdamWState, into checkpoint: String) throws {
        let folder = checkpoint + "/" + Self.folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try DurableFile.write(ServiceJSON.encode(self, pretty: true), to: folder + "/" + Self.file)
        let moments = ["first_moment": optimizer.firstMoment, "second_moment": optimizer.secondMoment]
        try SafetensorsFile.write(
            moments.keys.sorted().map { .init(name: $0, shape: [moments[$0]?.count ?? 0]) },
            to: folder + "/" + Self.optimizerFile
        ) { moments[$0] ?? [] }
    }

    /// Reads the state of a checkpoint.
    ///
    /// - Throws: ``TrainingError`` naming the file that is missing or damaged; `CheckpointError`.
    static func read(from checkpoint: String) throws -> (state: TrainerState, optimizer: AdamWState) {
        let path = checkpoint + "/" + folder + "/" + file
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw TrainingError(
                .runDirectory,
                "\(path) cannot be read: the checkpoint has no trainer state, so a run cannot resume from it")
        }
        let state: TrainerState
        do throws(ProblemDetails) {
            state = try ServiceJSON.decode(TrainerState.self, from: [UInt8](bytes))
        } catch {
            throw TrainingError(.runDirectory, "\(path) is damaged: \(error)")
        }
        let tensors = try SafetensorsFile(path: checkpoint + "/" + folder + "/" + optimizerFile)
        let optimizer = AdamWState(
            firstMoment: try tensors.floats("first_moment"), secondMoment: try tensors.floats("second_moment"),
            stepCount: state.optimizerSteps)
        return (state, optimizer)
    }
}
