import ServiceAPI

/// Something that was scored once, or may have been, as a line of a file holds it.
package struct StoredItem: Sendable, Equatable {
    package var expert: String
    /// What the model wrote.
    package var text: String
    /// Whether the monologue is still on.
    package var isCompletion: Bool
    /// The score that is stored with it.
    package var score: ItemScore?
    /// What its group is called; nil where the line does not say.
    package var group: String?

    package init(expert: String, text: String, isCompletion: Bool, score: ItemScore?, group: String?) {
        self.expert = expert
        self.text = text
        self.isCompletion = isCompletion
        self.score = score
        self.group = group
    }

    /// The items of one line, of which there are three kinds:
    ///
    /// - a rollout of a training run (`expert`, `text` or what of it was `scored`, `score`, and the step that makes the group); of a stepwise
    ///   episode, whose rows share one score, the first turn's row alone;
    /// - a pair: `expert` and `action` or `completion`, and maybe `group` and `score` (a number or as the service answers) or `reward`;
    /// - a group, as `stepwise-reward score` reads it: `expert`, `id` and `actions` or `completions`, and maybe `scores`.
    ///
    /// - Throws: a problem with the pointer of what is wrong.
    package static func read(_ line: String) throws(ProblemDetails) -> [StoredItem] {
        let line = try ServiceJSON.decode(StoredLine.self, from: Array(line.utf8))
        guard
            line.count(of: [line.text, line.completion, line.action])
                + line.count(of: [line.completions, line.actions]) == 1
        else {
            throw ProblemDetails(
                kind: .invalidRequest,
                detail:
                    "exactly one of 'text' (of a rollout), 'completion', 'action', 'completions' and 'actions' is needed"
            )
        }
        if let turn = line.turn, turn > 0 { return [] }
        if let texts = line.completions ?? line.actions {
            if let scores = line.scores, scores.count != texts.count {
                throw ProblemDetails(
                    kind: .invalidRequest, detail: "has \(scores.count) scores for \(texts.count) items",
                    pointer: "/scores")
            }
            return texts.enumerated().map { index, text in
                StoredItem(
                    expert: line.expert, text: text, isCompletion: line.completions != nil,
                    score: line.scores?[index]?.value, group: line.groupName)
            }
        }
        return [
            StoredItem(
                expert: line.expert, text: line.scored ?? line.text ?? line.completion ?? line.action ?? "",
                isCompletion: line.action == nil,
                score: line.score?.value ?? line.reward.map { .scored(reward: $0, components: [:]) },
                group: line.groupName)
        ]
    }
}

/// The keys that count; rollouts have more.
private struct StoredLine: Decodable {
    var expert: String
    var text: String?
    /// What the reward servers were sent, where that is not `text`.
    var scored: String?
    var turn: Int?
    var completion: String?
    var action: String?
    var completions: [String]?
    var actions: [String]?
    var score: StoredScore?
    /// Null where an item could not be scored.
    var scores: [StoredScore?]?
    var reward: Double?
    var group: JSONValue?
    var id: JSONValue?
    var step: Int?
    var trajectory: String?
    var trajectoryStep: Int?

    func count<Value>(of values: [Value?]) -> Int { values.count { $0 != nil } }

    /// An id names a group where the line is one, and a line's own item where it is a pair.
    var groupName: String? {
        if let trajectory { return "\(step ?? 0)/\(trajectory)/\(trajectoryStep ?? 0)" }
        let name = group ?? (completions != nil || actions != nil ? id : nil)
        return name.map { if case .string(let text) = $0 { text } else { $0.canonicalText } }
    }
}

/// A reward alone, or a score as the service answers.
private struct StoredScore: Decodable {
    let value: ItemScore

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let reward = try? container.decode(Double.self) {
            value = .scored(reward: reward, components: [:])
        } else {
            value = try ItemScore(from: decoder)
        }
    }
}
