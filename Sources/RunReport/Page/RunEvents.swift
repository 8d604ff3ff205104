/// What happened in a run, in order.
struct RunEvents {
    struct Event {
        enum Kind { case phase, resumed, rewards }

        let step: Int
        let kind: Kind
        let text: String
    }

    let events: [Event]

    init(_ run: RunRecord) {
        var events: [Event] = []
        for span in run.history.spans {
            let steps =
                "steps \(NumberText.count(max(1, span.steps.lowerBound))) to \(NumberText.count(span.steps.upperBound))"
            events.append(
                Event(
                    step: span.steps.lowerBound, kind: .phase,
                    text: "Phase \(span.phase + 1), \(span.method.uppercased()): \(steps)"))
        }
        for session in run.journal?.sessions ?? [] where session.step > 0 {
            events.append(
                Event(
                    step: session.step, kind: .resumed,
                    text: "Continued after step \(NumberText.count(session.step)), \(session.began)"))
        }
        for change in run.history.changes {
            var text = "From step \(NumberText.count(change.step)) on, \(Self.words(change.reason))"
            if !change.changed.isEmpty { text += " (\(change.changed.joined(separator: ", ")))" }
            if let before = change.before, let after = change.after {
                text += before == after ? "; the same fingerprint, \(after)" : "; \(before) became \(after)"
            }
            events.append(Event(step: change.step, kind: .rewards, text: text))
        }
        self.events = events.sorted { $0.step < $1.step }
    }

    private static func words(_ reason: String) -> String {
        switch reason {
        case "file": "other rewards: the configuration file was changed"
        case "signal": "other rewards: SIGHUP"
        case "resume": "other rewards: the run was continued with another list"
        case "unannounced": "another fingerprint, which nobody had asked for"
        default: "other rewards: \(reason)"
        }
    }

    /// Nothing for a run of one phase in which nothing happened.
    func html() -> HTML {
        guard events.count > 1 || events.contains(where: { $0.kind != .phase }) else { return .empty }
        let rows = events.map { event -> HTML in
            let sign: HTML =
                switch event.kind {
                case .phase: "<span class=\"what\">–</span>"
                case .resumed: "<span class=\"what resume\">●</span>"
                case .rewards: "<span class=\"what reload\">▲</span>"
                }
            return "<li>\(sign)\(event.text)</li>\n"
        }
        return "<section id=\"events\"><h2>What happened</h2><ul class=\"events\">\(rows)</ul></section>\n"
    }
}
