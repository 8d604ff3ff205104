import Foundation
import ServiceAPI
import Trajectory
import Zstandard

/// A rollout of `rollouts/step-N.jsonl.zst`, as far as people look at it. Rows of older versions have no prompt.
///
/// It is a row, or of a stepwise episode all rows of its turns: these have one score together.
package struct RolloutRecord: Sendable, Equatable {
    package let step: Int
    package let trajectory: String
    /// 0-based.
    package let trajectoryStep: Int
    package let sample: Int
    /// The 0-based step of a stepwise episode that the row is; nil elsewhere.
    let turn: Int?
    /// What the model read first, as text.
    package let prompt: String?
    package let expert: String
    /// What was scored: monologue and action as the model wrote them, of an episode those of all turns.
    package let text: String
    package private(set) var tokens: Int
    /// Of its tokens, on average, in nats.
    package private(set) var logProbability: Double?
    package private(set) var finish: String
    package let score: Score
    /// Absent in a group that was not trained on.
    package let advantage: Double?

    package enum Score: Sendable, Equatable {
        case scored(Double)
        case violation(Double, reason: String)
        case error(code: String, message: String)

        package var reward: Double? {
            switch self {
            case .scored(let reward), .violation(let reward, _): reward
            case .error: nil
            }
        }
    }

    /// How it breaks the format, in words.
    package var violation: String? {
        guard case .violation(_, let reason) = score else { return nil }
        return FormatViolation(rawValue: reason)?.description ?? reason
    }

    package var parsed: ParsedCompletion { Monologue.parse(text) }

    /// - Throws: ``MetricsLine/Missing`` for a row that is none.
    init(_ value: JSONValue) throws {
        guard case .object(let row) = value, case .string(let text) = row["text"],
            case .string(let expert) = row["expert"], case .object(let score) = row["score"]
        else { throw MetricsLine.Missing(description: "the line is not a rollout with 'text', 'expert' and 'score'") }
        func string(_ key: String, in members: [String: JSONValue]) -> String? {
            guard case .string(let text) = members[key] else { return nil }
            return text
        }
        func number(_ key: String, in members: [String: JSONValue]) -> Double? {
            guard case .number(let number) = members[key] else { return nil }
            return number
        }
        func numbers(_ key: String) -> [Double] {
            guard case .array(let items) = row[key] else { return [] }
            return items.compactMap { item -> Double? in
                guard case .number(let number) = item else { return nil }
                return number
            }
        }
        step = Int(exactly: number("step", in: row) ?? 0) ?? 0
        trajectory = string("trajectory", in: row) ?? ""
        trajectoryStep = Int(exactly: number("trajectoryStep", in: row) ?? 0) ?? 0
        sample = Int(exactly: number("sample", in: row) ?? 0) ?? 0
        turn = number("turn", in: row).flatMap { Int(exactly: $0) }
        prompt = string("prompt", in: row)
        self.expert = expert
        self.text = string("scored", in: row) ?? text
        let logProbabilities = numbers("logProbabilities")
        tokens = max(logProbabilities.count, numbers("tokens").count)
        logProbability =
            logProbabilities.isEmpty ? nil : logProbabilities.reduce(0, +) / Double(logProbabilities.count)
        finish = string("finish", in: row) ?? ""
        advantage = number("advantage", in: row)
        let reward = number("reward", in: score)
        switch (string("status", in: score), reward) {
        case ("scored", let reward?): self.score = .scored(reward)
        case ("formatViolation", let reward?):
            self.score = .violation(reward, reason: string("reason", in: score) ?? "")
        default:
            var error: [String: JSONValue] = [:]
            if case .object(let members) = score["error"] { error = members }
            self.score = .error(
                code: string("code", in: error) ?? "error", message: string("message", in: error) ?? "")
        }
    }
}

extension RolloutRecord {
    /// Whether a row is a later turn of this episode.
    fileprivate func goesOn(with row: RolloutRecord) -> Bool {
        row.turn ?? 0 > 0 && turn != nil && row.trajectory == trajectory && row.trajectoryStep == trajectoryStep
            && row.sample == sample
    }

    fileprivate mutating func add(turn row: RolloutRecord) {
        if let mean = logProbability, let next = row.logProbability {
            logProbability =
                (mean * Double(tokens) + next * Double(row.tokens)) / Double(max(1, tokens + row.tokens))
        }
        tokens += row.tokens
        finish = row.finish
    }
}

/// `rollouts/` of a run.
package struct RolloutFiles: Sendable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// The steps whose rollouts were kept, ascending.
    package func steps() -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("step-"), name.hasSuffix(".jsonl.zst") else { return nil }
            return Int(name.dropFirst(5).dropLast(10))
        }.sorted()
    }

    /// - Throws: ``ReportError`` with the line at fault; `FileError`.
    package func read(step: Int) throws -> [RolloutRecord] {
        let path = "\(folder)/step-\(step).jsonl.zst"
        let reader = try LineReader(path: path)
        var records: [RolloutRecord] = []
        while let line = try reader.next() {
            do {
                let row = try RolloutRecord(try ServiceJSON.decode(JSONValue.self, from: Array(line.text.utf8)))
                if records.last?.goesOn(with: row) == true {
                    records[records.count - 1].add(turn: row)
                } else {
                    records.append(row)
                }
            } catch {
                throw ReportError(path: path, line: line.number, message: "\(error)")
            }
        }
        return records
    }
}
