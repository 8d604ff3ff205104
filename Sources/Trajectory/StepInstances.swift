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

    public init(lastStep: Inclusion = .include, answerStep: Inclusion = .include) {
        self.lastStep = lastStep
        self.answerStep = answerStep
    }

    private enum CodingKeys: String, CodingKey {
        case lastStep, answerStep
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        lastStep = try container.decodeIfPresent(Inclusion.self, forKey: .lastStep) ?? .include
        answerStep = try container.decodeIfPresent(Inclusion.self, forKey: .answerStep) ?? .include
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
