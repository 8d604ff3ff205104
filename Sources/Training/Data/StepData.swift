package import ModelCore
package import Trajectory

/// Trajectories, tokenised segment by segment, and the instances that they give: single steps, or whole solutions.
package struct StepData: Sendable {
    package struct Trajectory: Sendable {
        package let id: String
        /// The text of every step that can be a target; of a whole solution its lines as one.
        package let targets: [String]
        /// The tokens of the problem.
        let root: [TokenID]
        /// What each step adds to the context of those after it.
        let steps: [[TokenID]]
        /// The tokens between a step boundary and the completion; may be empty.
        let marker: [TokenID]
        /// The lines of a whole solution; nil where single steps are the targets.
        let solution: [String]?
    }

    /// A trajectory, or an instance of one, that is not trained on, and why.
    package struct Drop: Sendable, Equatable {
        package let id: String
        package let reason: String
    }

    package private(set) var trajectories: [Trajectory] = []
    package private(set) var instances: [StepInstance] = []
    package private(set) var drops: [Drop] = []
    /// What the instances' completions are.
    let episode: PhaseConfiguration.Episode
    /// The tokens that end a completion.
    package let stopTokens: Set<TokenID>
    let maximumPositions: Int
    let template: PromptTemplate
    private let options: InstanceOptions
    private let tokenizer: any Tokenizer

    /// - Parameters:
    ///   - episode: what the instances' completions are.
    ///   - needsAnswer: leaves out trajectories without a final answer.
    ///   - maximumPositions: of the model; an instance whose expert completion does not fit is dropped.
    ///   - endTokens: what ends a text besides the template's end of turn and the tokenizer's end of text.
    package init(
        _ source: [ExpertTrajectory], template: PromptTemplate, options: InstanceOptions, tokenizer: any Tokenizer,
        episode: PhaseConfiguration.Episode = .step, needsAnswer: Bool = false, maximumPositions: Int,
        endTokens: [TokenID] = []
    ) {
        self.template = template
        self.options = options
        self.tokenizer = tokenizer
        self.episode = episode
        self.maximumPositions = maximumPositions
        stopTokens = Set(template.stopTokens.compactMap(tokenizer.token(for:)) + [tokenizer.endOfText] + endTokens)
        if episode == .step || episode == .both { addSteps(source, options) }
        if episode != .step { addSolutions(source, needsAnswer: needsAnswer) }
    }

    private mutating func addSteps(_ source: [ExpertTrajectory], _ options: InstanceOptions) {
        let marker = tokenizer.encode(template.generationSegment())
        trajectories += source.map { trajectory in
            let targets = trajectory.targets(template, options)
            return Trajectory(
                id: trajectory.id, targets: targets,
                root: tokenizer.encode(template.problemSegment(trajectory.problem)),
                steps: targets.dropLast().enumerated().map {
                    tokenizer.encode(
                        template.stepSegment($1, number: $0 + 1, observation: trajectory.observation(after: $0)))
                }, marker: marker, solution: nil)
        }
        let made = StepInstances.make(from: source, template: template, options: options)
        drops += made.dropped.map { Drop(id: $0.id, reason: $0.reason) }
        for instance in made.instances {
            let trajectory = trajectories[instance.trajectory]
            let context =
                trajectory.root.count
                + trajectory.steps[options.firstContextStep(of: instance.step)..<instance.step].reduce(0) {
                    $0 + $1.count
                }
            let completion = tokenizer.encode(
                template.completion(monologue: "", action: trajectory.targets[instance.step]))
            keep(
                instance, named: "\(trajectory.id) step \(instance.step + 1)", prompt: context + marker.count,
                completion: completion.count)
        }
    }

    /// One instance of each trajectory: its step 0, of which the whole solution is the target.
    private mutating func addSolutions(_ source: [ExpertTrajectory], needsAnswer: Bool) {
        let isStepwise = episode == .stepwise
        let marker = isStepwise ? tokenizer.encode(template.generationSegment()) : []
        for trajectory in source {
            let lines =
                trajectory.steps.map(Monologue.trimmed) + (trajectory.answer.map { [template.answerStep($0)] } ?? [])
            guard !lines.isEmpty, trajectory.answer != nil || !needsAnswer else {
                drops.append(
                    Drop(
                        id: trajectory.id,
                        reason: needsAnswer ? "no final answer to be checked" : "neither steps nor an answer"))
                continue
            }
            let root = tokenizer.encode(
                isStepwise ? template.problemSegment(trajectory.problem) : template.directProblem(trajectory.problem))
            let instance = StepInstance(trajectory: trajectories.count, step: 0)
            trajectories.append(
                Trajectory(
                    id: trajectory.id, targets: [lines.joined(separator: "\n")], root: root, steps: [], marker: marker,
                    solution: lines))
            let solution: Int
            if isStepwise {
                let last = template.completion(monologue: "", action: lines[lines.count - 1])
                solution =
                    lines.dropLast().enumerated().reduce(0) { $0 + stepTokens($1.element, number: $1.offset + 1).count }
                    + tokenizer.encode(last).count
            } else {
                solution = tokenizer.encode(template.directCompletion(lines)).count
            }
            keep(instance, named: trajectory.id, prompt: root.count + marker.count, completion: solution)
        }
    }

    private mutating func keep(_ instance: StepInstance, named name: String, prompt: Int, completion: Int) {
        if prompt + completion <= maximumPositions {
            instances.append(instance)
        } else {
            drops.append(
                Drop(
                    id: name,
                    reason: "its prompt has \(prompt) tokens and its target \(completion), "
                        + "and the model reads \(maximumPositions) (max_position_embeddings)"))
        }
    }

    /// The steps that are the instance's context beside the problem.
    func context(of instance: StepInstance) -> Range<Int> {
        options.firstContextStep(of: instance.step)..<instance.step
    }

    package func target(of instance: StepInstance) -> String {
        trajectories[instance.trajectory].targets[instance.step]
    }

    /// The text of what the model reads before it writes a completion.
    package func text(of prompt: RolloutPrompt) -> String {
        let trajectory = trajectories[prompt.instance.trajectory]
        let context = Array(trajectory.steps[context(of: prompt.instance)]) + prompt.actions
        return tokenizer.decode(trajectory.root + context.flatMap { $0 } + trajectory.marker)
    }

    /// What an expert would write for the instance, the end of the turn included.
    func completion(of instance: StepInstance, monologue: MonologueSource) -> [TokenID] {
        if let solution = trajectories[instance.trajectory].solution {
            return tokenizer.encode(template.directCompletion(solution))
        }
        let target = target(of: instance)
        return tokenizer.encode(
            template.completion(monologue: monologue.monologue(for: target), action: target))
    }

    /// What an action adds to the context of the steps after it.
    ///
    /// - Parameter number: the step's 1-based number.
    func stepTokens(_ action: String, number: Int) -> [TokenID] {
        tokenizer.encode(template.stepSegment(action, number: number))
    }
}

extension Tokenizer {
    /// Tokens of a prompt's pieces, one by one; only the template's own text may hold special tokens.
    func encode(_ pieces: [PromptPiece]) -> [TokenID] {
        pieces.flatMap { encode($0.text, parsingSpecialTokens: $0.isTemplate) }
    }
}
