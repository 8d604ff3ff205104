package import ModelCore
package import Trajectory

/// A trajectory as the model reads it: the problem, the steps as far as they are context, and at each boundary the completion that is learnt
/// there, with the tokens of each.
package struct TokenTree: Sendable {
    /// A segment that contexts share.
    package struct Segment: Sendable, Equatable {
        package let label: String
        package let text: String
        package let tokens: Int
    }

    /// A step instance: a boundary of the trunk and what hangs from it.
    package struct Branch: Sendable, Equatable {
        /// 0-based index of the target.
        package let step: Int
        package let label: String
        package let target: String
        /// Tokens of the target alone, of the whole completion with an empty monologue, and of the marker before it.
        package let targetTokens: Int
        package let completionTokens: Int
        package let markerTokens: Int
        /// Tokens of the problem and the steps that are context.
        package let contextTokens: Int

        /// Tokens of the prompt.
        package var promptTokens: Int { contextTokens + markerTokens }
        package var totalTokens: Int { promptTokens + completionTokens }
    }

    package let id: String
    package let root: Segment
    /// What each step adds to the context of those after it.
    package let steps: [Segment]
    package let branches: [Branch]
    /// Tokens of all segments, each counted once for every trunk that it is in.
    package let treeTokens: Int
    /// How many steps are context at most; nil for all.
    package let window: Int?

    /// Tokens of the instances as sequences of their own.
    package var separateTokens: Int { branches.reduce(0) { $0 + $1.totalTokens } }

    /// - Parameter options: which steps are targets, and what they are shown.
    package init(
        _ trajectory: ExpertTrajectory, template: PromptTemplate, options: InstanceOptions, tokenizer: any Tokenizer
    ) {
        func count(_ pieces: [PromptPiece]) -> Int { tokenizer.encode(pieces).count }
        id = trajectory.id
        window = options.contextWindow
        root = Segment(
            label: "problem", text: trajectory.problem, tokens: count(template.problemSegment(trajectory.problem)))
        let targets = trajectory.targets(template, options)
        let names = targets.indices.map { $0 < trajectory.steps.count ? "step \($0 + 1)" : "answer" }
        steps = targets.indices.dropLast().map { index in
            let observation = trajectory.observation(after: index)
            return Segment(
                label: names[index],
                text: observation.isEmpty ? targets[index] : targets[index] + "\n" + observation,
                tokens: count(template.stepSegment(targets[index], number: index + 1, observation: observation)))
        }
        let marker = count(template.generationSegment())
        var branches: [Branch] = []
        // Steps of contexts that begin alike are there once.
        var trunks: Set<Range<Int>> = []
        var shared = root.tokens
        for index in targets.indices {
            let first = options.firstContextStep(of: index)
            for step in first..<index where trunks.insert(first..<step).inserted { shared += steps[step].tokens }
            branches.append(
                Branch(
                    step: index, label: names[index], target: targets[index],
                    targetTokens: count([.data(targets[index])]),
                    completionTokens: count(template.completion(monologue: "", action: targets[index])),
                    markerTokens: marker,
                    contextTokens: root.tokens + steps[first..<index].reduce(0) { $0 + $1.tokens }))
        }
        self.branches = branches
        treeTokens = shared + branches.reduce(0) { $0 + $1.markerTokens + $1.completionTokens }
    }
}
