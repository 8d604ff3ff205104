import ModelCore
import Trajectory

/// The prompts of many episodes as one forest: episodes of one problem share its tokens, and those that have taken the same steps share them too.
struct EpisodePrompts {
    private struct Branch: Hashable {
        let parent: Int?
        let text: String
    }

    private(set) var forest = TokenForest()
    private var segments: [Branch: Int] = [:]
    private let template: PromptTemplate
    private let tokenizer: any Tokenizer
    private let isStepwise: Bool

    init(template: PromptTemplate, tokenizer: any Tokenizer, isStepwise: Bool) {
        self.template = template
        self.tokenizer = tokenizer
        self.isStepwise = isStepwise
    }

    /// The segment whose path is the prompt for the next completion.
    mutating func segment(problem: String, actions: [String]) -> Int {
        guard isStepwise else { return add(template.directProblem(problem), key: problem, parent: nil) }
        var segment = add(template.problemSegment(problem), key: problem, parent: nil)
        for (index, action) in actions.enumerated() {
            segment = add(template.stepSegment(action, number: index + 1), key: action, parent: segment)
        }
        let marker = template.generationSegment()
        // No action is the empty text, so that the marker's key is its own.
        return marker.isEmpty ? segment : add(marker, key: "", parent: segment)
    }

    /// The tokens of the path to a segment.
    func length(_ segment: Int) -> Int {
        forest.segments[segment].firstPosition + forest.segments[segment].tokens.count
    }

    private mutating func add(_ pieces: [PromptPiece], key: String, parent: Int?) -> Int {
        let branch = Branch(parent: parent, text: key)
        if let known = segments[branch] { return known }
        let tokens = pieces.flatMap { tokenizer.encode($0.text, parsingSpecialTokens: $0.isTemplate) }
        let segment = forest.add(tokens, parent: parent)
        segments[branch] = segment
        return segment
    }
}
