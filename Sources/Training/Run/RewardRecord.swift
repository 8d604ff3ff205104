import Foundation
import ServiceAPI

/// `rewards.json` in the run directory: the list that scores the run. A resumed run sees by it whether the list was changed meanwhile, and what
/// had been announced after the last checkpoint.
struct RewardRecord: Codable, Equatable {
    var sources: [RewardSource]
    /// The last reload.
    var change: RewardChange?

    /// - Throws: ``TrainingError`` for a file that is damaged.
    static func read(from path: String) throws(TrainingError) -> RewardRecord? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
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
