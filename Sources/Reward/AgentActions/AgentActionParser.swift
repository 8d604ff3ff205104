import ServiceAPI

/// Finds the calls in what an agent writes. Known are
/// - `<function=NAME><parameter=KEY>VALUE</parameter></function>` (SWE-smith, OpenHands),
/// - `<tool_call>{"name": .., "arguments": {..}}</tool_call>` (Qwen, Hermes),
/// - a JSON object or list of such calls, or of OpenAI's `{"function": {"name": .., "arguments": "{..}"}}`,
/// - a command in a fenced block (SWE-agent), and a bare command.
enum AgentActionParser {
    /// Why a text has no call.
    struct Malformed: Error { var reason: String }

    /// - Returns: The calls, and the words around them.
    static func parse(_ text: String) throws(Malformed) -> (calls: [AgentCall], words: String) {
        if text.contains("<function=") { return try functions(text) }
        if text.contains("<tool_call>") { return try toolCalls(text) }
        let trimmed = text.drop(while: \.isWhitespace)
        if trimmed.first == "{" || trimmed.first == "[",
            let value = try? ServiceJSON.decode(JSONValue.self, from: Array(trimmed.utf8))
        {
            return (try calls(in: value), "")
        }
        if let block = fencedBlock(in: text) { return ([AgentCall(commandLine: block.content)], block.words) }
        return ([AgentCall(commandLine: text)], "")
    }

    private static func functions(_ text: String) throws(Malformed) -> (calls: [AgentCall], words: String) {
        var calls: [AgentCall] = []
        var words = ""
        var rest = text[...]
        while let opening = rest.firstRange(of: "<function=") {
            words += rest[..<opening.lowerBound]
            rest = rest[opening.upperBound...]
            guard let nameEnd = rest.firstIndex(of: ">"), let end = rest.firstRange(of: "</function>") else {
                throw Malformed(reason: "unclosedFunction")
            }
            guard nameEnd < end.lowerBound else { throw Malformed(reason: "unclosedFunction") }
            let name = String(rest[..<nameEnd])
            var body = rest[rest.index(after: nameEnd)..<end.lowerBound]
            var arguments: [String: JSONValue] = [:]
            while let parameter = body.firstRange(of: "<parameter=") {
                body = body[parameter.upperBound...]
                guard let keyEnd = body.firstIndex(of: ">"), let valueEnd = body.firstRange(of: "</parameter>"),
                    keyEnd < valueEnd.lowerBound
                else { throw Malformed(reason: "unclosedParameter") }
                let key = String(body[..<keyEnd])
                guard arguments[key] == nil else { throw Malformed(reason: "repeatedParameter") }
                let value = String(body[body.index(after: keyEnd)..<valueEnd.lowerBound])
                // A command may begin with a digit or a bracket; it is text all the same.
                arguments[key] = key == "command" ? .string(value) : AgentCall.value(of: value)
                body = body[valueEnd.upperBound...]
            }
            calls.append(AgentCall(tool: name, arguments: arguments))
            rest = rest[end.upperBound...]
        }
        return (calls, words + rest)
    }

    private static func toolCalls(_ text: String) throws(Malformed) -> (calls: [AgentCall], words: String) {
        var found: [AgentCall] = []
        var words = ""
        var rest = text[...]
        while let opening = rest.firstRange(of: "<tool_call>") {
            words += rest[..<opening.lowerBound]
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: "</tool_call>") else { throw Malformed(reason: "unclosedToolCall") }
            guard let value = try? ServiceJSON.decode(JSONValue.self, from: Array(rest[..<closing.lowerBound].utf8))
            else {
                throw Malformed(reason: "toolCallIsNoJSON")
            }
            found += try calls(in: value)
            rest = rest[closing.upperBound...]
        }
        return (found, words + rest)
    }

    private static func calls(in value: JSONValue) throws(Malformed) -> [AgentCall] {
        switch value {
        case .array(let values):
            var found: [AgentCall] = []
            for value in values { found += try calls(in: value) }
            guard !found.isEmpty else { throw Malformed(reason: "noCall") }
            return found
        case .object(let members):
            if case .array? = members["tool_calls"], let list = members["tool_calls"] { return try calls(in: list) }
            if case .object? = members["function"], let inner = members["function"] { return try calls(in: inner) }
            guard case .string(let name) = members["name"] ?? members["tool"] ?? .null else {
                throw Malformed(reason: "callWithoutName")
            }
            var arguments = members["arguments"] ?? members["parameters"] ?? members["input"] ?? .object([:])
            if case .string(let text) = arguments {
                guard let value = try? ServiceJSON.decode(JSONValue.self, from: Array(text.utf8)) else {
                    throw Malformed(reason: "argumentsAreNoJSON")
                }
                arguments = value
            }
            guard case .object(let values) = arguments else { throw Malformed(reason: "argumentsAreNoObject") }
            return [AgentCall(tool: name, arguments: values)]
        default: throw Malformed(reason: "noCall")
        }
    }

    /// The last block between lines of three back-quotes.
    private static func fencedBlock(in text: String) -> (content: String, words: String)? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let fences = lines.indices.filter { lines[$0].drop(while: \.isWhitespace).hasPrefix("```") }
        guard fences.count >= 2 else { return nil }
        let (open, close) = (fences[fences.count - 2], fences[fences.count - 1])
        return (
            lines[(open + 1)..<close].joined(separator: "\n"),
            (lines[..<open] + lines[(close + 1)...]).joined(separator: "\n")
        )
    }
}
