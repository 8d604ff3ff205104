extension PromptTemplate {
    /// The template laid out by a checkpoint's own chat template, where it is `checkpoint`; any other as it is.
    ///
    /// - Parameters:
    ///   - checkpoint: names it in errors; nil for a model that is made anew.
    ///   - chatTemplate: the checkpoint's, in Jinja; nil if it has none.
    ///   - variables: what templates ask for besides messages: `bos_token`, `eos_token`.
    ///   - isToken: whether the checkpoint's tokenizer has a token of this text.
    /// - Throws: ``PromptTemplateError`` if there is no chat template, if prompts cannot be made of it, or if the tokenizer lacks
    ///   a token that the template is made of.
    public func fitted(
        to checkpoint: String?, chatTemplate: String?, variables: [String: String], isToken: (String) -> Bool
    ) throws -> PromptTemplate {
        let fitted: PromptTemplate
        do {
            fitted = try laidOut(by: chatTemplate, variables: variables)
        } catch let error as ChatTemplateError {
            throw PromptTemplateError(checkpoint: checkpoint, message: "\(error)")
        }
        let missing = fitted.neededTokens.filter { !isToken($0) }
        guard missing.isEmpty else {
            throw PromptTemplateError(
                checkpoint: checkpoint,
                message: "the tokenizer has no \(missing.joined(separator: ", ")), which the prompt template "
                    + "'\(layout.rawValue)' is made of; choose a prompt template that goes with the checkpoint "
                    + "('checkpoint' lays prompts out by its own chat template), or a tokenizer that has the token")
        }
        return fitted
    }

    private func laidOut(by chatTemplate: String?, variables: [String: String]) throws -> PromptTemplate {
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

    /// The tokens that the template cannot do without, in the order of a prompt: what ends a turn, and all that looks like
    /// `<|name|>` in its own text. A tokenizer that lacks one would read its letters, and no model would ever end a turn.
    var neededTokens: [String] {
        let pieces = problemSegment("") + generationSegment() + directProblem("")
        var needed: [String] = []
        for name in pieces.filter(\.isTemplate).flatMap({ Self.tokenNames(in: $0.text) }) + [endOfTurn]
        where !needed.contains(name) {
            needed.append(name)
        }
        return needed
    }

    /// What stands between `<|` and `|>`, these included, where it is no longer than such names are.
    private static func tokenNames(in text: String) -> [String] {
        text.matches(of: #/<\|[^|<>\s]{1,64}\|>/#).map { String($0.output) }
    }
}
