/// How problems, steps and completions are laid out for a model.
///
/// A prompt is made of segments whose bounds are the step boundaries, so that the prompts of all step instances of a
/// trajectory share their beginning: the root (`problemSegment`), then a `stepSegment` for each step so far, then the
/// `generationSegment`, after which the model writes a `completion`. Segments are tokenised one by one.
///
/// In a configuration file a template is its name, `chat`, `checkpoint` or `compact`, or an object that starts from one and changes its
/// wording: `{base: chat, system: "..", directSystem: ".."}`.
public struct PromptTemplate: Sendable, Equatable {
    enum Layout: String, CaseIterable, Sendable {
        case chat, checkpoint, compact
    }

    let layout: Layout
    /// What the system message of a step prompt says; nil where the layout has none.
    public let system: String?
    /// What the system message of a whole-solution prompt says; nil where the layout has none.
    public let directSystem: String?
    /// The checkpoint's chat template around the contents; ChatML where there is none.
    let frame: ChatFrame?

    init(layout: Layout, system: String?, directSystem: String?, frame: ChatFrame? = nil) {
        self.layout = layout
        self.system = system
        self.directSystem = directSystem
        self.frame = frame
    }

    /// ChatML turns with instructions, for checkpoints that were trained on them, such as Qwen2.5.
    public static let chat = PromptTemplate(
        layout: .chat,
        system: """
            You solve problems one step at a time. You are given a problem and the steps that were taken so far. \
            First consider in a private monologue, between <think> and </think>, what has to be done next and why. \
            Then, after </think>, write the next step and nothing else: without a number or title, without repeating earlier \
            steps, without going on to later ones. Once the problem is solved, the next step is the final answer alone, \
            written as "#### answer".
            """,
        directSystem: """
            You solve problems. Reason step by step, one step a line. \
            End with a line that holds the final answer alone, written as "#### answer".
            """)

    /// The wording of `chat`, laid out by the checkpoint's own chat template once it is ``fitted(to:chatTemplate:variables:isToken:)``;
    /// until then as `chat`.
    public static let checkpoint = PromptTemplate(
        layout: .checkpoint, system: chat.system, directSystem: chat.directSystem)

    /// A byte or two of layout, for tiny models that are trained from scratch and read bytes.
    ///
    /// The problem is a line, every step is a line, and the model goes on with `<think>`. A blank line after the problem asks
    /// for the whole solution instead.
    public static let compact = PromptTemplate(layout: .compact, system: nil, directSystem: nil)

    /// The built-in templates by the name that configuration files use.
    public static let named: [String: PromptTemplate] = [
        "chat": chat, "checkpoint": checkpoint, "compact": compact,
    ]

    // MARK: Step by step

    /// The root segment: everything before the first step.
    public func problemSegment(_ problem: String) -> [PromptPiece] {
        switch layout {
        case .chat, .checkpoint: turns(system: system) + problemContent(problem)
        case .compact: problemContent(problem)
        }
    }

    /// The problem as it stands in the user's turn.
    func problemContent(_ problem: String) -> [PromptPiece] {
        switch layout {
        case .chat, .checkpoint: [.template("Problem:\n"), .data(problem), .template("\n\n")]
        case .compact: [.data(problem), .template("\n")]
        }
    }

    /// What one expert step, or an action of the model that took its place, adds to the context.
    ///
    /// - Parameters:
    ///   - number: the step's 1-based number.
    ///   - observation: what came back after it; empty for nothing.
    public func stepSegment(_ step: String, number: Int, observation: String = "") -> [PromptPiece] {
        precondition(number >= 1, "steps are numbered from 1")
        switch layout {
        case .chat, .checkpoint:
            let result: [PromptPiece] =
                observation.isEmpty
                ? [] : [.template("Result of step \(number):\n"), .data(observation), .template("\n\n")]
            return [.template("Step \(number):\n"), .data(step), .template("\n\n")] + result
        case .compact:
            return [.data(step), .template("\n")] + (observation.isEmpty ? [] : [.data(observation), .template("\n")])
        }
    }

    /// The last words of the user's turn.
    static let instruction = "Write the next step."

    /// What stands between a step boundary and the model's completion. May be empty.
    public func generationSegment() -> [PromptPiece] {
        switch layout {
        case .chat, .checkpoint: [.template(Self.instruction + closing)]
        case .compact: []
        }
    }

    /// What the model should write for a step, up to and with the end of its turn.
    public func completion(monologue: String, action: String) -> [PromptPiece] {
        let gap = layout == .compact ? "" : "\n"
        return [
            .template(Monologue.openingTag), .data(monologue), .template(Monologue.closingTag + gap), .data(action),
            .template(endOfTurn),
        ].filter { !$0.text.isEmpty }
    }

    /// The whole prompt for the step after `steps`, segment by segment: root, steps, generation marker.
    public func segments(problem: String, steps: some Sequence<String>) -> [[PromptPiece]] {
        [problemSegment(problem)]
            + steps.enumerated().map { stepSegment($1, number: $0 + 1) }
            + [generationSegment()]
    }

    // MARK: The whole solution at once

    /// The prompt that asks for the whole solution in one completion.
    public func directProblem(_ problem: String) -> [PromptPiece] {
        switch layout {
        case .chat, .checkpoint:
            turns(system: directSystem) + [.data(frame?.user(problem) ?? problem), .template(closing)]
        case .compact: [.data(problem), .template("\n\n")]
        }
    }

    /// The completion of a direct prompt that an expert would write: one line a step, the answer last, the end of the turn.
    ///
    /// - Parameter targets: the steps, the answer step among them (`ExpertTrajectory.targets`).
    public func directCompletion(_ targets: [String]) -> [PromptPiece] {
        var pieces: [PromptPiece] = []
        for target in targets {
            if !pieces.isEmpty { pieces.append(.template("\n")) }
            pieces.append(.data(target))
        }
        return pieces + [.template(endOfTurn)]
    }

    // MARK: Where a completion ends

    /// The special tokens that end a completion. A tokenizer's own end-of-text token ends it as well and is not listed.
    public var stopTokens: [String] { [endOfTurn] }

    var endOfTurn: String { frame?.endOfTurn ?? "<|im_end|>" }

    /// What stands between the user's words and the assistant's.
    private var closing: String { frame?.closing ?? "<|im_end|>\n<|im_start|>assistant\n" }

    /// A system turn, where there is something to say, and the opening of the user's turn. The wording is data: tags in it
    /// are spoken of, not used.
    private func turns(system: String?) -> [PromptPiece] {
        if let frame { return frame.opening(system: system) }
        guard let system, !system.isEmpty else { return [.template("<|im_start|>user\n")] }
        return [
            .template("<|im_start|>system\n"), .data(system), .template("<|im_end|>\n<|im_start|>user\n"),
        ]
    }
}
