/// What a chat template writes around the contents of a conversation, so that prompts can be made of it segment by segment:
/// the contents stand in segments of their own, and a segment's text does not depend on those after it.
struct ChatFrame: Sendable, Equatable {
    /// The template's text before and after a message's content, and what becomes of white space at the content's ends.
    private struct Slot: Sendable, Equatable {
        var before: String
        var stripsStart: Bool
        var stripsEnd: Bool

        func written(_ content: String) -> String {
            TemplateInterpreter.stripped(content, nil, left: stripsStart, right: stripsEnd)
        }
    }

    /// A system message, then the user's; nil where the template refuses system messages.
    private let withSystem: [Slot]?
    /// The user's message alone.
    private let alone: [Slot]
    /// From the end of the user's message to where the assistant's turn begins.
    let closing: String
    /// Ends an assistant's turn, such as `<|im_end|>`.
    let endOfTurn: String

    /// What contents are made of to find them again: a private character that no template has, and white space around it.
    private static let space = " \n "
    private static func marker(_ index: Int) -> String { "\u{10FFFD}\(index)\u{10FFFD}" }

    /// - Throws: ``ChatTemplateError`` where the template fails, or does not write contents as they are.
    init(_ template: ChatTemplate, variables: [String: TemplateValue]) throws {
        func slots(_ roles: [String], prompts: Bool) throws -> ([Slot], rest: String) {
            let messages = roles.enumerated().map { index, role in
                ChatTemplate.message(role, Self.space + Self.marker(index) + Self.space)
            }
            // Bytes, as Python's code points: a character of the template may join with the white space beside it.
            let space = Array(Self.space.utf8)
            var rest = Array(
                try template.render(messages: messages, addGenerationPrompt: prompts, variables: variables).utf8)
            var slots: [Slot] = []
            for (index, role) in roles.enumerated() {
                let parts = ByteSearch(Self.marker(index)).parts(of: rest)
                guard parts.count == 2 else {
                    throw ChatTemplateError(
                        line: nil,
                        message: "it writes the content of the \(role) message \(parts.count - 1) times or changed; "
                            + "prompts are made of templates that write each content once and as it is")
                }
                let stripsStart = !parts[0].suffix(space.count).elementsEqual(space)
                let stripsEnd = !parts[1].starts(with: space)
                let before = parts[0].dropLast(stripsStart ? 0 : space.count)
                slots.append(
                    Slot(
                        before: String(decoding: before, as: UTF8.self), stripsStart: stripsStart, stripsEnd: stripsEnd)
                )
                rest = Array(parts[1].dropFirst(stripsEnd ? 0 : space.count))
            }
            return (slots, String(decoding: rest, as: UTF8.self))
        }
        (alone, closing) = try slots(["user"], prompts: true)
        do {
            let (slots, rest) = try slots(["system", "user"], prompts: true)
            // Where the end of the user's turn depended on a system message, there would be no one closing.
            withSystem = rest.isSameText(as: closing) ? slots : nil
        } catch {
            // Templates without system messages say so by an error; whether one is needed is known later.
            withSystem = nil
        }
        let (_, afterAssistant) = try slots(["user", "assistant"], prompts: false)
        endOfTurn = TemplateInterpreter.stripped(afterAssistant, nil)
        guard !endOfTurn.isEmpty else {
            throw ChatTemplateError(
                line: nil, message: "it writes nothing after an assistant's message that would end it")
        }
    }

    /// Whether there may be a system message.
    var takesSystem: Bool { withSystem != nil }

    /// Everything before the user's content.
    ///
    /// - Parameter system: needs ``takesSystem`` unless it is empty.
    func opening(system: String?) -> [PromptPiece] {
        guard let system, !system.isEmpty, let withSystem else { return [.template(alone[0].before)] }
        return [
            .template(withSystem[0].before), .data(withSystem[0].written(system)), .template(withSystem[1].before),
        ].filter { !$0.text.isEmpty }
    }

    /// The user's content as the template writes it where it is all of the message.
    func user(_ content: String) -> String { alone[0].written(content) }
}
