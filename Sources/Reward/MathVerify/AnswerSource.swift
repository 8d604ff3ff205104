/// Where in a text its answer may stand.
package enum AnswerSource: String, Sendable, CaseIterable {
    /// The last `\boxed{}` (or `\fbox{}`), with those just before it that only commas or "and" separate.
    case boxed
    /// What follows the last `####` on its line, as in GSM8K.
    case hashes
    /// The text itself, where all of it reads as one answer.
    case whole
    /// What follows the last "answer is" or "answer:".
    case statement
    /// The last number, or the last formula between dollar signs or `\( \)` when that comes later.
    case last

    /// All, in the order in which they are tried.
    package static let standard: [AnswerSource] = [.boxed, .hashes, .whole, .statement, .last]
}
