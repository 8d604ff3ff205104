import Testing
import Trajectory

@Suite("Prompts drawn for people")
struct PromptListingTests {
    private let trajectory = ExpertTrajectory(id: "a", problem: "Two\nlines?", steps: ["one", "two "], answer: "2")

    @Test("Every segment has its row, and line feeds can be seen")
    func compact() {
        let listing = PromptListing(trajectory, template: .compact, options: .init(), step: 2)
        #expect(
            listing.description == """
                  problem    │ Two⏎
                             │ lines?⏎
                  step 1     │ one⏎
                  step 2     │ two⏎
                  generation │ \("")
                  completion │ <think>..</think>#### 2<|im_end|>
                """)
    }

    @Test("The first step's prompt has no steps; all of a listing's text is the prompt's")
    func chat() {
        let listing = PromptListing(trajectory, template: .chat, options: .init(), step: 0).description
        #expect(!listing.contains("step 1"))
        let text = listing.split(separator: "\n").map { $0.split(separator: "│ ", maxSplits: 1)[1] }.joined()
            .replacing("⏎", with: "\n")
        let template = PromptTemplate.chat
        #expect(
            text == template.segments(problem: trajectory.problem, steps: []).joined().text
                + template.completion(monologue: "..", action: "one").text)
    }
}
