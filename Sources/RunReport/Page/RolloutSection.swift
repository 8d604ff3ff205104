import Trajectory

/// The best and the worst of what the model wrote.
struct RolloutSection {
    let run: RunRecord

    /// Code points of a text that are shown; what comes after them, the rollout file has.
    private static let limit = 1200

    func html() -> HTML {
        guard let last = run.rollouts.first else { return .empty }
        let earlier: HTML =
            run.rollouts.dropFirst().map { sample -> HTML in
                "<details id=\"rollouts-\(sample.step)\"><summary>The same at step \(NumberText.count(sample.step))</summary>\(body(sample))</details>"
            }.joined()
        return """
            <section id="rollouts"><h2>Rollouts of step \(NumberText.count(last.step))</h2>
            <p class="fine"><mark>Marked</mark> is what difflib finds in both, the action and the expert step\(comparisonNote): \
            twice that, of the length of both, is their similarity.</p>
            \(body(last))\(earlier)</section>

            """
    }

    /// The similarity may have been taken of something else than code points.
    private var comparisonNote: String {
        let prefix = "reward.parameters."
        let granularity = run.configuration[prefix + "granularity"] ?? "scalar"
        return granularity == "scalar" ? "" : ", by characters, though this run compares by \(granularity)"
    }

    private func body(_ sample: RolloutSample) -> HTML {
        var facts = ["\(NumberText.count(sample.count)) rollouts"]
        if sample.violations > 0 {
            facts.append("\(NumberText.count(sample.violations)) format violation\(sample.violations == 1 ? "" : "s")")
        }
        if sample.errors > 0 { facts.append("\(NumberText.count(sample.errors)) could not be scored") }
        var result: HTML = "<p>\(facts.joined(separator: ", ")).</p>"
        if let error = sample.firstError, case .error(let code, let message) = error.score {
            result += "<p class=\"warning\">For example \(code): \(message)</p>"
        }
        result += "<h3>Best</h3><div class=\"rollouts\">\(sample.best.map(card))</div>"
        if !sample.worst.isEmpty {
            result += "<h3>Worst</h3><div class=\"rollouts\">\(sample.worst.map(card))</div>"
        }
        return result
    }

    private func card(_ record: RolloutRecord) -> HTML {
        let reward = record.score.reward.map(NumberText.value) ?? "–"
        let advantage: HTML =
            record.advantage.map { "<span class=\"fine\">advantage \(NumberText.value($0))</span>" }
            ?? "<span class=\"fine\">not trained on</span>"
        return """
            <article class="rollout"><header><b class="reward">\(reward)</b>\(advantage)\
            <span class="id">\(record.trajectory) · step \(NumberText.count(record.trajectoryStep + 1))</span></header>
            \(texts(record))\(prompt(record))</article>

            """
    }

    private func texts(_ record: RolloutRecord) -> HTML {
        guard case .action(monologue: let monologue, action: let action) = record.parsed else {
            return violation(record)
        }
        let autojunk = run.configuration["reward.parameters.autojunk"] == "true"
        let pair = MarkedText.pair(
            action: action, expert: record.expert, autojunk: autojunk, limit: Self.limit)
        let thinking: HTML =
            monologue.allSatisfy(\.isWhitespace)
            ? .empty
            : "<details><summary>Monologue</summary>\(block(MarkedText(monologue, limit: Self.limit)))</details>"
        let reason: HTML =
            record.violation.map { "<p class=\"warning\">\($0)</p>" } ?? .empty
        return
            "\(reason)\(thinking)<h4>Action</h4>\(block(pair.action))<h4>Expert step</h4>\(block(pair.expert))"
    }

    private func violation(_ record: RolloutRecord) -> HTML {
        return """
            <p class="warning">\(record.violation ?? "there is no action")</p><h4>Completion</h4>\(block(MarkedText(record.text, limit: Self.limit)))\
            <h4>Expert step</h4>\(block(MarkedText(record.expert, limit: Self.limit)))
            """
    }

    private func prompt(_ record: RolloutRecord) -> HTML {
        guard let prompt = record.prompt else { return .empty }
        return "<details><summary>Prompt</summary>\(block(MarkedText(prompt, limit: Self.limit)))</details>"
    }

    private func block(_ marked: MarkedText) -> HTML {
        let pieces = marked.pieces.map { piece -> HTML in
            piece.isMatched ? "<mark>\(piece.text)</mark>" : "\(piece.text)"
        }
        let rest: HTML =
            marked.omitted > 0 ? " <i>.. \(NumberText.count(marked.omitted)) more characters</i>" : .empty
        return "<div class=\"text\">\(pieces)\(rest)</div>"
    }
}
