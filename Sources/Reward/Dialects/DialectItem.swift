import ServiceAPI
import Trajectory

/// A response of another trainer and the label that it is scored by.
package struct DialectItem: Sendable {
    package let label: ExpertLabel.Fields
    /// Where the label stands in the request.
    package let labelPointer: JSONPointer
    /// What the model wrote, without end tokens.
    package let response: String
    /// What is known of the response beyond what label and settings say of it.
    package let evidence: Evidence

    package enum Evidence: Sendable {
        case none
        /// The prompt ends in `<think>`: the monologue had begun when the model began to write.
        case opened
        /// The trainer has taken the monologue off.
        case parsed
    }

    package init(
        label: ExpertLabel, at labelPointer: JSONPointer, response: String, evidence: Evidence = .none
    ) throws(ProblemDetails) {
        self.label = try label.fields(at: labelPointer)
        self.labelPointer = labelPointer
        self.response = response
        self.evidence = evidence
    }

    /// The text to score, and whether it is a completion with a monologue.
    func text(_ standard: ResponseFormat) -> (text: String, isCompletion: Bool) {
        switch (label.format ?? standard, evidence) {
        case (.action, _), (_, .parsed): (response, false)
        case (.opened, _), (.completion, .opened): (Monologue.openingTag + response, true)
        case (.completion, .none): (response, true)
        }
    }

    /// What a prompt says of the responses to it.
    static func evidence(ofPrompt prompt: String) -> Evidence {
        let end = prompt.unicodeScalars.reversed().drop { $0.properties.isWhitespace }
        return end.starts(with: Monologue.openingTag.unicodeScalars.reversed()) ? .opened : .none
    }
}

/// What became of an item. Dialects have no way to say that one could not be scored.
package struct DialectScore: Sendable, Equatable {
    package let reward: Double
    /// Whether it broke the format: the reward is the function's value for that.
    package let isFormatViolation: Bool
    package let components: [String: Double]

    package init(reward: Double, isFormatViolation: Bool, components: [String: Double]) {
        self.reward = reward
        self.isFormatViolation = isFormatViolation
        self.components = components
    }

    /// The name under which answers say whether the format was broken, 0 or 1.
    package static let formatViolation = "format_violation"

    /// `format_violation` and the components named: always these keys. A component that an item does not have is 0, as of one that broke
    /// the format.
    package func numbers(_ names: [String]) -> [String: Double] {
        var numbers = [Self.formatViolation: isFormatViolation ? 1.0 : 0]
        for name in names where name != Self.formatViolation { numbers[name] = components[name] ?? 0 }
        return numbers
    }
}
