/// One expert step, prepared for the actions of its group.
struct Comparison {
    private let granularity: SimilarityParameters.Granularity
    private let normalization: TextNormalization
    /// The one that the granularity needs is set; a sum type would copy its prepared tables on every use.
    private var scalars: ScalarMatcher?
    private var texts: SequenceMatcher<ExactText>?
    private var tokens: SequenceMatcher<Int32>?
    private let tokenizer: NamedTokenizer?

    init(with expert: String, _ parameters: SimilarityParameters) {
        granularity = parameters.granularity
        normalization = parameters.normalization
        tokenizer = parameters.tokenizer
        let expert = normalization.apply(to: expert)
        if granularity == .scalar {
            scalars = ScalarMatcher(expert: expert, autojunk: parameters.autojunk)
        } else if let tokenizer {
            tokens = SequenceMatcher(expert: tokenizer.encode(expert), autojunk: parameters.autojunk)
        } else {
            texts = SequenceMatcher(expert: elements(of: expert), autojunk: parameters.autojunk)
        }
    }

    mutating func ratio(of action: String) -> Double {
        let action = normalization.apply(to: action)
        if let ratio = scalars?.ratio(of: action) { return ratio }
        if let tokenizer, let ratio = tokens?.ratio(of: tokenizer.encode(action)) { return ratio }
        let elements = elements(of: action)
        guard let ratio = texts?.ratio(of: elements) else { preconditionFailure("one of the three is always set") }
        return ratio
    }

    private func elements(of text: String) -> [ExactText] {
        (granularity == .word ? TextElements.words(of: text) : TextElements.lines(of: text)).map(ExactText.init)
    }
}
