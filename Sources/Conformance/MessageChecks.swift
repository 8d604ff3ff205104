import ServiceAPI

extension ConformanceKit {
    /// That answers are such messages, whatever is in them.
    static let messageChecks = [
        Check(.schema, "POST /v1/score answers a score response") { subject in
            _ = try await subject.score([subject.group("g1")])
        },
        Check(.schema, "completions are scored without their monologue") { subject in
            let thought = ScoreGroup(
                id: "t", expert: "x = 2", completions: Subject.actions.map { "<think>let me see</think>\($0)" })
            let response = try await subject.score([subject.group("a"), thought])
            let (actions, completions) = (response.groups[0].scores, response.groups[1].scores)
            try expect(
                actions.map(\.reward) == completions.map(\.reward),
                "'<think>let me see</think>x = 2' and the others get other rewards than the actions alone")
        },
        Check(.schema, "a completion without a well-formed monologue is a formatViolation") { subject in
            // Ours of that name scores the form itself.
            guard subject.description.name != "format" else { throw NotTried("'format' has a reward for it") }
            let completions = ["x = 2", "<think>x = 2", "<think>hm</think>"]
            let response = try await subject.score([ScoreGroup(id: "v", expert: "x = 2", completions: completions)])
            for (completion, score) in zip(completions, response.groups[0].scores) {
                try expect(score.status == .formatViolation, "'\(completion)' is \(score.status.rawValue)")
            }
        },
        Check(.schema, "any Unicode text is scored") { subject in
            let texts = ["é 漢字 👩‍👩‍👧", "\u{0}\u{7f}\"\\/\n\r\t\u{2028}", "e\u{301} \u{FEFF}", " "]
            let response = try await subject.score([subject.group("\u{1F600} \"\\", expert: "né 漢 2", texts)])
            for (text, score) in zip(texts, response.groups[0].scores) where score.status == .error {
                throw Finding("\(JSONValue.string(text).canonicalText) could not be scored: \(score)")
            }
        },
    ]
}
