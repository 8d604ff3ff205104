import Foundation
import ServiceAPI

/// `rewards.json` in the run directory: the list that scores the run. A resumed run sees by it whether the list was changed meanwhile, and what
/// had been announced after the last checkpoint.
struct RewardRecord: Codable, Equatable {
    var sources: [RewardSource]
    /// The last reload.
    var change: RewardChange?

    /// - Returns: nil when there is no file.
    /// - Throws: ``TrainingError`` for a file that is damaged or cannot be read.
    static func read(from path: String) throws(TrainingError) -> RewardRecord? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw TrainingError(.runDirectory, "\(path) cannot be read: \(error.localizedDescription)")
        }
        do throws(ProblemDetails) {
            return try ServiceJSON.decode(RewardRecord.self, from: [UInt8](bytes))
        } catch {
            throw TrainingError(
                .runDirectory,
                "\(path) is damaged: \(error). Remove it to go on with the rewards of the configuration")
        }
    }

    func write(to path: String) throws {
        try DurableFile.write(try ServiceJSON.encode(self, pretty: true) + Array("\n".utf8), to: path)
    }
}
