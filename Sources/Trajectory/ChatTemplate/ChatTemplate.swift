import Foundation

/// A checkpoint's chat template: how a conversation is laid out for the model, in the part of Jinja that the templates of
/// Qwen2.5, Qwen3, Llama 3 and SmolLM2 use.
///
/// Renders what transformers' `apply_chat_template` does, byte for byte (tests hold it to that), or says which construct
/// is not supported and in which line. No template takes without end or crashes: steps, sizes and depths are bounded.
public struct ChatTemplate: Sendable {
    private let statements: [TemplateStatement]
    /// The template's text.
    public let source: String

    /// Templates have a few thousand bytes; one above this is none.
    private static let maximumBytes = 1 << 20

    /// - Throws: ``ChatTemplateError`` where it is malformed, larger than 1 MiB or uses a tag that is not supported.
    public init(_ source: String) throws {
        guard source.utf8.count <= Self.maximumBytes else {
            throw ChatTemplateError(
                line: nil,
                message: "it has \(source.utf8.count) bytes, more than the \(Self.maximumBytes) that are read")
        }
        self.source = source
        statements = try TemplateParser.statements(of: source)
    }

    /// Writes a conversation.
    ///
    /// - Parameters:
    ///   - messages: mappings, most with `role` and `content`.
    ///   - tools: schemas of functions, if the model may call some.
    ///   - addGenerationPrompt: whether the beginning of the assistant's turn follows.
    ///   - variables: what else the template may ask for, such as `bos_token` and `eos_token`.
    ///   - now: for `strftime_now`, in the local time zone.
    /// - Throws: ``ChatTemplateError`` where the template refuses the messages, or needs what is not supported.
    public func render(
        messages: [TemplateValue], tools: [TemplateValue]? = nil, addGenerationPrompt: Bool = false,
        variables: [String: TemplateValue] = [:], now: Date = Date()
    ) throws -> String {
        var all = variables
        all["messages"] = .list(TemplateList(messages))
        // transformers passes these in any case.
        all["tools"] = tools.map { .list(TemplateList($0)) } ?? TemplateValue.none
        all["documents"] = TemplateValue.none
        all["add_generation_prompt"] = .bool(addGenerationPrompt)
        let limits = TemplateInterpreter.Limits()
        guard all.values.allSatisfy({ $0.depth <= limits.depth }) else {
            throw ChatTemplateError(line: nil, message: "messages are nested more than \(limits.depth) levels deep")
        }
        var interpreter = TemplateInterpreter(variables: all, limits: limits, now: now)
        try interpreter.run(statements)
        return interpreter.output
    }

    /// A message of a role.
    public static func message(_ role: String, _ content: String) -> TemplateValue {
        .object(TemplateObject([("role", .string(role)), ("content", .string(content))]))
    }
}
