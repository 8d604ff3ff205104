/// What became of one comparison.
package enum MathVerdict: Hashable, Sendable {
    case correct
    case incorrect
    /// The prediction has no answer, or one that is not understood: wrong, with the reason.
    case unparsable(String)
    /// Comparing would take more work than is spent on one pair: not known to be right, so not right.
    case tooComplex
}

/// Decides whether a prediction's final answer is the expert's: the mechanism of `math.verify`.
///
/// Behaves like Hugging Face's math-verify 0.9 where the two can be compared (docs/rewards.md lists where they differ), and is bounded in time and memory:
/// text is read to a length, nesting to a depth, and numbers are compared without ever being written out.
package struct MathVerifier: Sendable {
    package let settings: MathVerifySettings
    package let sources: [AnswerSource]

    package init(settings: MathVerifySettings = MathVerifySettings(), sources: [AnswerSource] = AnswerSource.standard) {
        self.settings = settings
        self.sources = sources
    }

    /// An answer that was found and read.
    package struct Answer: Hashable, Sendable {
        /// As it is written.
        package let text: String
        let expression: MathExpression
    }

    /// The answer in a text.
    ///
    /// - Throws: `MathSyntaxError` when there is none, or it is not understood.
    package func answer(in text: String) throws(MathSyntaxError) -> Answer {
        guard let found = AnswerExtraction(text).answer(from: sources) else {
            let names = sources.map(\.rawValue).joined(separator: ", ")
            throw .malformed("there is no answer in it (looked for \(names))")
        }
        return Answer(text: found, expression: try MathParser.parse(found))
    }

    /// An answer that stands alone: nothing is looked for, the text is it.
    package static func answer(written text: String) throws(MathSyntaxError) -> Answer {
        Answer(text: text, expression: try MathParser.parse(text))
    }

    package func verdict(expert: Answer, prediction: String) -> MathVerdict {
        let answer: Answer
        do throws(MathSyntaxError) { answer = try self.answer(in: prediction) } catch {
            return .unparsable(error.message)
        }
        return verdict(expert: expert, prediction: answer)
    }

    package func verdict(expert: Answer, prediction: Answer) -> MathVerdict {
        if expert.expression == prediction.expression { return .correct }
        // A fixed seed: the same pair always has the same verdict.
        var comparison = MathComparison(settings: settings, seed: 0x5EED)
        do throws(MathWorkExceeded) {
            return try comparison.equal(expert.expression, prediction.expression) ? .correct : .incorrect
        } catch {
            return .tooComplex
        }
    }
}
