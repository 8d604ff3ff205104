/// One thing to learn from a trajectory: given the problem and the steps before it, write this step.
public struct StepInstance: Sendable, Hashable {
    /// Index of the trajectory in its data set.
    public let trajectory: Int
    /// 0-based index k into the trajectory's `targets`; the context is `targets[0..<k]`, the target `targets[k]`.
    public let step: Int

    public init(trajectory: Int, step: Int) {
        self.trajectory = trajectory
        self.step = step
    }
}

/// Which steps of a trajectory become targets.
public struct InstanceOptions: Codable, Sendable, Equatable {
    public enum Inclusion: String, Codable, Sendable, CaseIterable {
        case include, exclude
    }

    /// Whether the last step of the sequence is a target, be it the answer step or the expert's last. Without the answer step,
    /// `exclude` gives the N-1 instances of arXiv 2510.25992, section 3.
    public var lastStep: Inclusion
    /// Whether the answer, where a trajectory has one, follows the expert's steps as a step of its own (`#### 72`).
    public var answerStep: Inclusion
    /// How many steps before the target are context, with their observations, beside the problem; nil for all. Of agents the paper
    /// shows the two last (section 4.3). Contexts that do not begin alike share the problem alone.
    public var contextWindow: Int?

    public init(
        lastStep: Inclusion = .include, answerStep: Inclusion = .include, contextWindow: Int? = nil
    ) {
        self.lastStep = lastStep
        self.answerStep = answerStep
        self.contextWindow = contextWindow
    }

    /// The first step that is context of the step with this 0-based index.
    package func firstContextStep(of step: Int) -> Int { contextWindow.map { max(0, step - $0) } ?? 0 }

    private enum CodingKeys: String, CodingKey {
        case lastStep, answerStep, contextWindow
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        lastStep = try container.decodeIfPresent(Inclusion.self, forKey: .lastStep) ?? .include
        answerStep = try container.decodeIfPresent(Inclusion.self, forKey: .answerStep) ?? .include
        contextWindow = try container.decodeIfPresent(Int.self, forKey: .contextWindow)
    }
}

extension ExpertTrajectory {
    /// The steps that are trained on, in order, as text to compare with: each `Monologue.trimmed` as an action is, and
    /// otherwise as it is.
    public func targets(_ template: PromptTemplate, _ options: InstanceOptions) -> [String] {
        var targets = steps.map(Monologue.trimmed)
        if options.answerStep == .include, let answer { targets.append(template.answerStep(answer)) }
        if options.lastStep == .exclude, !targets.isEmpty { targets.removeLast() }
        return targets
    }

    /// What came back after the step with this 0-based index; empty for nothing.
    package func observation(after step: Int) -> String {
        guard let observations, observations.indices.contains(step) else { return "" }
        return Monologue.trimmed(observations[step])
    }

    /// The prompt of a step instance, segment by segment: the problem, the steps that are its context, the generation marker.
    ///
    /// - Parameters:
    ///   - targets: the trajectory's, by the same template and options.
    ///   - step: 0-based index into them.
    package func promptSegments(
        _ template: PromptTemplate, _ options: InstanceOptions, targets: [String], step: Int
    ) -> [[PromptPiece]] {
        [template.problemSegment(problem)]
            + (options.firstContextStep(of: step)..<step).map {
                template.stepSegment(targets[$0], number: $0 + 1, observation: observation(after: $0))
            } + [template.generationSegment()]
    }
}

/// Step instances of a data set.
public enum StepInstances {
    /// The fewest expert steps, the answer not among them, of a trajectory that is trained on.
    public static let minimumSteps = 2

    /// Every step instance of the trajectories, in their order.
    ///
    /// - Returns: the instances, and the id of every trajectory that gives none with the reason.
    public static func make(
        from trajectories: [ExpertTrajectory], template: PromptTemplate, options: InstanceOptions
    ) -> (instances: [StepInstance], dropped: [(id: String, reason: String)]) {
        var instances: [StepInstance] = []
        var dropped: [(id: String, reason: String)] = []
        for (index, trajectory) in trajectories.enumerated() {
            guard trajectory.steps.count >= minimumSteps else {
                dropped.append((trajectory.id, DropReason.tooFewSteps.description))
                continue
            }
            for step in trajectory.targets(template, options).indices {
                instances.append(StepInstance(trajectory: index, step: step))
            }
        }
        return (instances, dropped)
    }
}
