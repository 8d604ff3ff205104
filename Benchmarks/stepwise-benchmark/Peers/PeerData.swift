import ArgumentParser
import Foundation
import ModelCore
import ServiceKit
import Training
import Trajectory

/// Real trajectories beside the checkout, with the length of completion that is usual for each.
enum PeerData: String, CaseIterable, ExpressibleByArgument {
    case gsm8k, numina, swe

    var name: String {
        switch self {
        case .gsm8k: "GSM8K"
        case .numina: "NuminaMath"
        case .swe: "SWE-smith"
        }
    }

    var completionLength: Int {
        switch self {
        case .gsm8k: 64
        case .numina: 128
        case .swe: 256
        }
    }

    func trajectories(_ count: Int) throws -> [ExpertTrajectory] {
        switch self {
        case .gsm8k:
            let path = try Checkout.required("../shared/data/gsm8k/train.jsonl")
            return try GSM8KImporter.prepare(path: path, options: .init(limit: count)).trajectories
        case .numina: return Array(try Self.numina().prefix(count))
        case .swe: return Array(try Self.software().prefix(count))
        }
    }

    func stepData(
        _ count: Int, tokenizer: any Tokenizer, positions: Int
    ) throws -> StepData {
        StepData(
            try trajectories(count), template: .chat, options: InstanceOptions(), tokenizer: tokenizer,
            maximumPositions: positions)
    }

    /// Solutions whose parts are numbered in bold: `1. **First ..**`.
    private static func numina() throws -> [ExpertTrajectory] {
        struct Row: Decodable {
            let id: String
            let problem: String
            let solution: String
        }
        let path = try Checkout.required("../shared/data/numina/numina_amc_aime_part1.json")
        let rows = try JSONDecoder().decode([Row].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        return rows.compactMap { row in
            var steps: [String] = []
            for line in row.solution.split(separator: "\n", omittingEmptySubsequences: false) {
                let digits = line.prefix { $0.isASCII && $0.isNumber }
                if !digits.isEmpty, line.dropFirst(digits.count).hasPrefix(". **") {
                    steps.append(String(line))
                } else if !steps.isEmpty {
                    steps[steps.count - 1] += "\n" + line
                }
            }
            let trimmed = steps.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            guard trimmed.count >= 2 else { return nil }
            return ExpertTrajectory(id: row.id, problem: row.problem, steps: trimmed)
        }
    }

    /// Agents' trajectories: a step is what the agent wrote and what it then saw.
    private static func software() throws -> [ExpertTrajectory] {
        struct File: Decodable {
            struct Turn: Decodable {
                let response: String
                let observation: String
            }
            struct Message: Decodable {
                struct Part: Decodable { let text: String? }
                let role: String
                let text: String

                enum CodingKeys: String, CodingKey { case role, content }

                init(from decoder: any Decoder) throws {
                    let values = try decoder.container(keyedBy: CodingKeys.self)
                    role = try values.decode(String.self, forKey: .role)
                    if let whole = try? values.decode(String.self, forKey: .content) {
                        text = whole
                    } else {
                        text = try values.decode([Part].self, forKey: .content).compactMap(\.text).joined()
                    }
                }
            }
            let trajectory: [Turn]
            let history: [Message]
        }
        let names = [
            "pydantic__pydantic.acb0f10f.pr_8316", "pandas-dev__pandas.95280573.pr_53856",
            "pandas-dev__pandas.95280573.pr_53652",
        ]
        return try names.map { name in
            let path = try Checkout.required("../shared/data/swe/\(name).traj")
            let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
            let problem = file.history.first { $0.role == "user" }?.text ?? ""
            return ExpertTrajectory(
                id: name, problem: problem, steps: file.trajectory.map { $0.response + "\n" + $0.observation })
        }
    }
}
