import ModelCore
import Testing
import Training
import Trajectory

/// What the model reads of a step instance, whichever way its context is limited: the tokens of the prompt that the template writes.
@Suite struct ContextWindowTests {
    private let trajectory = ExpertTrajectory(
        id: "a", problem: "fix it", steps: ["ls", "cat a", "edit a", "test", "submit"],
        observations: ["a\nb", "text of a", "", "1 failed"], answer: "done")
    private let tokenizer = ByteTokenizer()

    private func make(_ window: Int?, _ template: PromptTemplate) -> (StepData, InstanceOptions) {
        let options = InstanceOptions(contextWindow: window)
        return (
            StepData(
                [trajectory, trajectory], template: template, options: options, tokenizer: tokenizer,
                maximumPositions: 100_000),
            options
        )
    }

    private func encoded(_ pieces: [PromptPiece]) -> [TokenID] {
        pieces.flatMap { tokenizer.encode($0.text, parsingSpecialTokens: $0.isTemplate) }
    }

    @Test(arguments: [nil, 1, 2, 3, 10] as [Int?], [PromptTemplate.compact, .chat])
    func aPathHasThePromptsTokens(window: Int?, template: PromptTemplate) {
        let (data, options) = make(window, template)
        let targets = trajectory.targets(template, options)
        var trunks = TrunkForest(data)
        for instance in data.instances.reversed() {
            let prompt = trajectory.promptSegments(template, options, targets: targets, step: instance.step)
            let marker = trunks.marker(of: instance)
            #expect(trunks.forest.path(to: marker) == prompt.flatMap(encoded))
        }
        #expect(data.instances.count == 12)
    }

    @Test func aWindowShowsTheLastStepsAndTheirObservations() {
        let (_, options) = make(2, .chat)
        let text = trajectory.promptSegments(.chat, options, targets: trajectory.targets(.chat, options), step: 4)
            .joined().text
        #expect(!text.contains("cat a") && !text.contains("text of a"))
        #expect(
            text.contains("Step 3:\nedit a\n\nStep 4:\ntest\n\nResult of step 4:\n1 failed\n\nWrite the next step."))
    }

    /// An observation is read, and never learnt.
    @Test func observationsAreNoTargets() {
        let (data, _) = make(nil, .compact)
        #expect(data.trajectories[0].targets == ["ls", "cat a", "edit a", "test", "submit", "#### done"])
    }

    @Test(arguments: [nil, 1, 2] as [Int?], [PromptTemplate.compact, .chat])
    func theTokenTreeCountsTheForest(window: Int?, template: PromptTemplate) {
        let (data, options) = make(window, template)
        let tree = TokenTree(trajectory, template: template, options: options, tokenizer: tokenizer)
        var trunks = TrunkForest(data)
        var separate = 0
        for instance in data.instances where instance.trajectory == 0 {
            let target = data.target(of: instance)
            let completion = encoded(template.completion(monologue: "", action: target))
            let marker = trunks.marker(of: instance)
            let prompt = trunks.forest.path(to: marker).count
            _ = trunks.add(completion, to: instance)
            let branch = tree.branches[instance.step]
            #expect(branch.promptTokens == prompt && branch.completionTokens == completion.count)
            #expect(branch.target == target && branch.targetTokens == target.utf8.count)
            separate += prompt + completion.count
        }
        #expect(tree.treeTokens == trunks.forest.tokenCount)
        #expect(tree.separateTokens == separate)
    }
}
