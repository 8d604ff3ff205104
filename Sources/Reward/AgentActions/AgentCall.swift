import ServiceAPI

/// What an agent does in one step: a tool and its arguments. A shell command is the tool `bash` with the argument `command`.
struct AgentCall: Hashable, Sendable {
    var tool: String
    /// By name; those that have none (a shell command's words after a tool's name) are "0", "1", ...
    var arguments: [String: JSONValue]

    static let shell = "bash"
    /// Names under which tools take a shell command.
    private static let shellTools: Set<String> = [
        "bash", "shell", "sh", "execute_bash", "run_command", "terminal", "run",
    ]
    private static let commandKeys = ["command", "cmd", "script", "code"]

    init(tool: String, arguments: [String: JSONValue]) {
        self.tool = tool
        self.arguments = arguments
        let lowercased = tool.lowercased()
        guard Self.shellTools.contains(lowercased) else { return }
        self.tool = Self.shell
        if let key = Self.commandKeys.first(where: { arguments[$0] != nil }), let command = arguments[key] {
            self.arguments[key] = nil
            self.arguments["command"] = command
        }
    }

    /// A command line. One that begins with an editor's name is that tool's call, as SWE-agent writes them.
    init(commandLine: String) {
        let words = ShellWords.split(commandLine)
        guard let first = words.first, first == "str_replace_editor" || first == "edit_anthropic" || first == "submit"
        else {
            self.init(tool: Self.shell, arguments: ["command": .string(commandLine)])
            return
        }
        var arguments: [String: JSONValue] = [:]
        var positional = ["command", "path"][...]
        var index = 1
        while index < words.count {
            if words[index].hasPrefix("--") {
                let key = String(words[index].dropFirst(2))
                var values: [String] = []
                index += 1
                while index < words.count, !words[index].hasPrefix("--") {
                    values.append(words[index])
                    index += 1
                }
                arguments[key] = values.count == 1 ? Self.value(of: values[0]) : .array(values.map(Self.value))
            } else {
                arguments[positional.popFirst() ?? String(index)] = .string(words[index])
                index += 1
            }
        }
        self.init(tool: first, arguments: arguments)
    }

    /// A parameter's text as what it says: a JSON number, list, object or boolean, else itself.
    static func value(of text: String) -> JSONValue {
        let trimmed = text.trimmingASCIISpace()
        if let first = trimmed.utf8.first, "[{-0123456789tfn".utf8.contains(first),
            let value = try? ServiceJSON.decode(JSONValue.self, from: Array(trimmed.utf8))
        {
            return value
        }
        return .string(text.trimmingLineBreaks())
    }

    /// The call in one way of writing it: the order of arguments, quotes and spaces do not show.
    var canonicalText: String {
        var arguments = arguments
        var parts = [tool]
        if tool == Self.shell, case .string(let command) = arguments["command"] {
            arguments["command"] = nil
            parts = [ShellWords.normalized(command)]
        }
        // What is said first by hand comes first; the rest in the order of names.
        for key in ["command", "path"] {
            if let value = arguments.removeValue(forKey: key) { parts.append(Self.text(of: value)) }
        }
        for (key, value) in arguments.sorted(by: { $0.key < $1.key }) {
            parts.append("--\(key) " + Self.text(of: value))
        }
        return parts.joined(separator: " ")
    }

    private static func text(of value: JSONValue) -> String {
        if case .string(let text) = value { return text }
        return value.canonicalText
    }

    /// The share of arguments, by name, that both have with the same value; 1 when neither has any.
    func sharedArguments(with other: AgentCall) -> Double {
        let names = Set(arguments.keys).union(other.arguments.keys)
        guard !names.isEmpty else { return 1 }
        let same = names.count { name in
            if tool == Self.shell, other.tool == Self.shell, name == "command",
                case .string(let first) = arguments[name],
                case .string(let second) = other.arguments[name]
            {
                return ShellWords.normalized(first) == ShellWords.normalized(second)
            }
            return arguments[name] == other.arguments[name]
        }
        return Double(same) / Double(names.count)
    }
}

extension String {
    fileprivate func trimmingASCIISpace() -> Substring {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    /// Without the line break after an opening tag and the one before a closing tag.
    fileprivate func trimmingLineBreaks() -> String {
        var text = self[...]
        if text.first?.isNewline == true { text.removeFirst() }
        if text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
