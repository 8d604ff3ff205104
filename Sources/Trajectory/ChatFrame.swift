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
            var rest = try template.render(
                messages: messages, addGenerationPrompt: prompts, variables: variables)[...]
            var slots: [Slot] = []
            for (index, role) in roles.enumerated() {
                let parts = Self.parts(of: String(rest), at: Self.marker(index))
                guard parts.count == 2 else {
                    throw ChatTemplateError(
                        line: nil,
                        message: "it writes the content of the \(role) message \(parts.count - 1) times or changed; "
                            + "prompts are made of templates that write each content once and as it is")
                }
                let stripsStart = !parts[0].hasSuffix(Self.space)
                let stripsEnd = !parts[1].hasPrefix(Self.space)
                slots.append(
                    Slot(
                        before: stripsStart ? parts[0] : String(parts[0].dropLast(Self.space.count)),
                        stripsStart: stripsStart, stripsEnd: stripsEnd))
                rest = parts[1][...].dropFirst(stripsEnd ? 0 : Self.space.count)
            }
            return (slots, String(rest))
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

    private static func parts(of text: String, at marker: String) -> [String] {
        var parts: [String] = []
        let bytes = Array(text.utf8)
        var start = 0
        while let found = TemplateInterpreter.firstRange(of: Array(marker.utf8), in: bytes, from: start) {
            parts.append(String(decoding: bytes[start..<found], as: UTF8.self))
            start = found + marker.utf8.count
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }
}

extension PromptTemplate {
    /// The template laid out by a checkpoint's own chat template, where it is `checkpoint`; any other as it is.
    ///
    /// - Parameters:
    ///   - chatTemplate: the checkpoint's, in Jinja; nil if it has none.
    ///   - variables: what templates ask for besides messages: `bos_token`, `eos_token`.
    /// - Throws: ``ChatTemplateError`` if there is none or prompts cannot be made of it.
    public func fitted(chatTemplate: String?, variables: [String: String]) throws -> PromptTemplate {
        guard layout == .checkpoint else { return self }
        guard let chatTemplate else {
            throw ChatTemplateError(
                line: nil, message: "the checkpoint has none; choose the prompt template 'chat' or 'compact'")
        }
        let frame = try ChatFrame(
            ChatTemplate(chatTemplate), variables: variables.mapValues { TemplateValue.string($0) })
        let hasSystem = [system, directSystem].contains { $0 != nil && $0 != "" }
        guard frame.takesSystem || !hasSystem else {
            throw ChatTemplateError(
                line: nil, message: "it has no place for a system message; set system and directSystem to \"\"")
        }
        return PromptTemplate(layout: layout, system: system, directSystem: directSystem, frame: frame)
    }
}
