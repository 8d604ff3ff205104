import ModelCore
import Trajectory

/// The text of rollouts as reward servers are sent it: in the form of a completion, whatever the rollout is.
enum RolloutText {
    /// A whole solution in one completion. Where the model has thought in a monologue, that stays for the server to take off; else an empty one is
    /// put before it, because all of it is action.
    static func direct(_ text: String) -> String {
        switch Monologue.parse(text) {
        case .violation(.missingOpeningTag): Monologue.openingTag + Monologue.closingTag + text
        default: text
        }
    }

    /// A stepwise episode: its actions, a line each. One that was ended by a completion which is not of the form is that completion.
    ///
    /// - Parameter broken: the completion that ended it, if it gave no action.
    static func stepwise(_ actions: [String], broken: String?) -> String {
        if let broken, case .violation = Monologue.parse(broken) { return broken }
        return Monologue.openingTag + Monologue.closingTag + actions.joined(separator: "\n")
    }
}
