import Reward

/// Decides whether an answer equals the reference, as the reward `math.verify` does: training and evaluation have one truth. Reports name it,
/// because two graders give two accuracies for the same outputs.
package struct AnswerGrader: Sendable {
    /// As reports name it: `math.verify/1`.
    package static let identifier = "\(MathVerifyReward.name)/\(MathVerifyReward.version)"

    private let verifier = MathVerifier()

    package init() {}

    /// Whether the two are the same answer; where one is no mathematical notation, whether they are the same text.
    package func accepts(_ answer: String, reference: String) -> Bool {
        do throws(MathSyntaxError) {
            return verifier.verdict(
                expert: try MathVerifier.answer(written: reference),
                prediction: try MathVerifier.answer(written: answer))
                == .correct
        } catch {
            return Self.withoutSpace(answer) == Self.withoutSpace(reference) && !Self.withoutSpace(answer).isEmpty
        }
    }

    private static func withoutSpace(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}
