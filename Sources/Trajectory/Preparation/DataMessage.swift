/// A message of a conversation in somebody else's data: OpenAI's `role` and `content`, or ShareGPT's `from` and `value`.
struct DataMessage {
    enum Role {
        case system, user, assistant, tool
    }

    let role: Role
    let text: String
    /// Tool calls that stand beside the text, each as JSON: `{"name": .., "arguments": {..}}`.
    let calls: [String]
    /// Whether it belongs to a demonstration that the agent was shown (SWE-agent).
    let isDemonstration: Bool

    /// - Parameter field: where the message stands, for errors.
    init(_ value: DataValue, at field: String) throws(RowFault) {
        guard value.isObject else { throw .malformed(field, "expected a message, found \(value.kind)") }
        guard let name = (value["role"] ?? value["from"])?.string else {
            throw .malformed(field, "the message has neither 'role' nor 'from'")
        }
        guard let role = Self.roles[name.lowercased()] else {
            throw .malformed(
                field + "/role",
                "the role '\(name)' is not known; known are \(Self.roles.keys.sorted().joined(separator: ", "))")
        }
        self.role = role
        text = try Self.text(of: value["content"] ?? value["value"] ?? .null, at: field + "/content")
        calls = try Self.calls(of: value, at: field)
        isDemonstration = value["is_demo"] == .bool(true)
    }

    private static let roles: [String: Role] = [
        "system": .system, "developer": .system, "user": .user, "human": .user, "assistant": .assistant,
        "gpt": .assistant,
        "model": .assistant, "function_call": .assistant, "tool": .tool, "function": .tool, "observation": .tool,
        "ipython": .tool,
    ]

    /// The text of a content: a string, or a list of parts that are all text.
    static func text(of content: DataValue, at field: String) throws(RowFault) -> String {
        switch content {
        case .null: return ""
        case .string(let text): return text
        case .array(let parts):
            var texts: [String] = []
            for (index, part) in parts.enumerated() {
                guard let text = part.string ?? part["text"]?.string else {
                    throw .dropped(.notText, field: "\(field)/\(index)", detail: part["type"]?.string)
                }
                texts.append(text)
            }
            return texts.joined(separator: "\n")
        default: throw .malformed(field, "expected a string or a list of parts, found \(content.kind)")
        }
    }

    private static func calls(of value: DataValue, at field: String) throws(RowFault) -> [String] {
        var calls: [DataValue] = []
        if let list = value["tool_calls"], !list.isNull {
            guard let values = list.array else {
                throw .malformed(field + "/tool_calls", "expected an array, found \(list.kind)")
            }
            calls = values
        } else if let call = value["function_call"], call.isObject {
            calls = [call]
        }
        var texts: [String] = []
        for (index, call) in calls.enumerated() {
            let function = call["function"] ?? call
            guard let name = function["name"]?.string else {
                throw .malformed("\(field)/tool_calls/\(index)", "the call has no name")
            }
            var arguments = function["arguments"] ?? .object([])
            // OpenAI writes the object as text. Text that is none is what the model wrote, and stays.
            if let text = arguments.string, let parsed = try? DataValueParser.parse(text), parsed.isObject {
                arguments = parsed
            }
            texts.append(
                DataValue.object([
                    .init(name: "name", value: .string(name)), .init(name: "arguments", value: arguments),
                ])
                .jsonText)
        }
        return texts
    }
}
