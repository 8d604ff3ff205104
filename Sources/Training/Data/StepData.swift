package import ModelCore
package import Trajectory

/// Trajectories, tokenised segment by segment, and the step instances that they give.
package struct StepData: Sendable {
    package struct Trajectory: Sendable {
        package let id: String
        package let problem: String
        /// The text of every step that can be a target.
        package let targets: [String]
        /// The tokens of the problem.
        let root: [TokenID]
        /// What each step adds to the context of those after it.
        let steps: [[TokenID]]
    }

    /// A trajectory, or an instance of one, that is not trained on, and why.
    package struct Drop: Sendable, Equatable {
        package let id: String
        package let reason: String
    }

    package let trajectories: [Trajectory]
    package let instances: [StepInstance]
    package let drops: [Drop]
    /// The tokens between a step boundary and the completion; may be empty.
    let marker: [TokenID]
    /// The tokens that end a completion.
    package let stopTokens: Set<TokenID>
    private let template: PromptTemplate
    private let tokenizer: any Tokenizer

    /// - Parameters:
    ///   - maximumPositions: of the model; an instance whose expert completion does not fit is dropped.
    ///   - endTokens: what ends a text besides the template's end of turn and the tokenizer's end of text.
    package init(
        _ source: [ExpertTrajectory], template: PromptTemplate, options: InstanceOptions, tokenizer: any Tokenizer,
        maximumPositions: Int, endTokens: [TokenID] = []
    ) {
        self.template = template
        self.tokenizer = tokenizer
        marker = tokenizer.encode(template.generationSegment())
        stopTokens = Set(template.stopTokens.compactMap(tokenizer.token(for:)) + [tokenizer.endOfText] + endTokens)
        trajectories = source.map { trajectory in
            let targets = trajectory.targets(template, options)
            return Trajectory(
                id: trajectory.id, problem: trajectory.problem, targets: targets,
                root: tokenizer.encode(template.problemSegment(trajectory.problem)),
                steps: targets.dropLast().enumerated().map {
                    tokenizer.encode(template.stepSegment($1, number: $0 + 1))
                })
        }
        let made = StepInstances.make(from: source, template: template, options: options)
        var drops = made.dropped.map { Drop(id: $0.id, reason: $0.reason) }
        var kept: [StepInstance] = []
        for instance in made.instances {
            let trajectory = trajectories[instance.trajectory]
            let context = trajectory.root.count + trajectory.steps[..<instance.step].reduce(0) { $0 + $1.count }
            let completion = tokenizer.encode(
                template.completion(monologue: "", action: trajectory.targets[instance.step]))
            if context + marker.count + completion.count <= maximumPositions {
                kept.append(instance)
            } else {
                drops.append(
                    Drop(
                        id: "\(trajectory.id) step \(instance.step + 1)",
                        reason: "its prompt has \(context + marker.count) tokens and its target \(completion.count), "
                            + "and the model reads \(maximumPositions) (max_position_embeddings)"))
            }
        }
        instances = kept
        self.drops = drops
    }

    package func target(of instance: StepInstance) -> String {
        trajectories[instance.trajectory].targets[instance.step]
    }

    /// The text of what the model reads before it writes the completion of the instance.
    package func prompt(of instance: StepInstance) -> String {
        let trajectory = trajectories[instance.trajectory]
        return template.segments(problem: trajectory.problem, steps: trajectory.targets[..<instance.step])
            .map(\.text).joined()
    }

    /// What an expert would write for the instance, the end of the turn included.
    func completion(of instance: StepInstance, monologue: MonologueSource) -> [TokenID] {
        let target = target(of: instance)
        return tokenizer.encode(
            template.completion(monologue: monologue.monologue(for: target), action: target))
    }
}

extension Tokenizer {
    /// Tokens of a prompt's pieces, one by one; only the template's own text may hold special tokens.
    func encode(_ pieces: [PromptPiece]) -> [TokenID] {
        pieces.flatMap { encode($0.text, parsingSpecialTokens: $0.isTemplate) }
    }
}
