/// Prompts as lists of messages, for trainers that lay them out themselves.
extension PromptTemplate {
    /// A message of a conversation.
    package struct Message: Sendable, Equatable {
        package let role: String
        package let content: String
    }

    /// Whether the template's prompts are conversations.
    package var hasMessages: Bool { layout != .compact }

    /// The prompt of a step instance: what ``ExpertTrajectory/promptSegments(_:_:targets:step:)`` lays out as text. Only where the template
    /// ``hasMessages``.
    package func messages(
        of trajectory: ExpertTrajectory, _ options: InstanceOptions, targets: [String], step: Int
    ) -> [Message] {
        let steps = (options.firstContextStep(of: step)..<step).flatMap {
            stepSegment(targets[$0], number: $0 + 1, observation: trajectory.observation(after: $0))
        }
        return messages(
            system: system, user: problemContent(trajectory.problem).text + steps.text + Self.instruction)
    }

    /// The prompt that asks for the whole solution.
    package func directMessages(_ problem: String) -> [Message] { messages(system: directSystem, user: problem) }

    private func messages(system: String?, user: String) -> [Message] {
        let first = system.flatMap { $0.isEmpty ? nil : Message(role: "system", content: $0) }
        return [first, Message(role: "user", content: user)].compactMap { $0 }
    }
}
