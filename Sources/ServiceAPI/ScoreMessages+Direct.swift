// What a scoring service reads and writes all day, without Foundation. Equal to the Codable way wherever it gives anything at all.

extension ScoreRequest: DirectlyReadable {
    package init(reading reader: inout JSONReader) throws(UnusualJSON) {
        var function: String?
        var parameters: [String: JSONValue]?
        var groups: [ScoreGroup]?
        try reader.object { key, reader throws(UnusualJSON) in
            switch key {
            case "function" where function == nil: function = try reader.string()
            case "parameters" where parameters == nil:
                guard case .object(let values) = try reader.value() else { throw UnusualJSON() }
                parameters = values
            case "groups" where groups == nil:
                groups = try reader.array { reader throws(UnusualJSON) in try ScoreGroup(reading: &reader) }
            default: throw UnusualJSON()
            }
        }
        guard let function, let groups else { throw UnusualJSON() }
        self.init(function: function, parameters: parameters, groups: groups)
    }
}

extension ScoreGroup: DirectlyReadable {
    package init(reading reader: inout JSONReader) throws(UnusualJSON) {
        var id: String?
        var expert: String?
        var actions: [String]?
        var completions: [String]?
        try reader.object { key, reader throws(UnusualJSON) in
            switch key {
            case "id" where id == nil: id = try reader.string()
            case "expert" where expert == nil: expert = try reader.string()
            case "actions" where actions == nil:
                actions = try reader.array { reader throws(UnusualJSON) in try reader.string() }
            case "completions" where completions == nil:
                completions = try reader.array { reader throws(UnusualJSON) in try reader.string() }
            default: throw UnusualJSON()
            }
        }
        guard let id, let expert else { throw UnusualJSON() }
        self.init(id: id, expert: expert, actions: actions ?? [])
        self.actions = actions
        self.completions = completions
    }
}

extension ScoreResponse: DirectlyWritable {
    package func write(to writer: inout JSONWriter) throws(UnusualJSON) {
        writer.verbatim(#"{"fingerprint":"#)
        try writer.string(fingerprint)
        writer.verbatim(#","groups":"#)
        try writer.array(groups) { group, writer throws(UnusualJSON) in try group.write(to: &writer) }
        writer.verbatim("}")
    }
}

extension ScoredGroup: DirectlyWritable {
    package func write(to writer: inout JSONWriter) throws(UnusualJSON) {
        writer.verbatim(#"{"id":"#)
        try writer.string(id)
        writer.verbatim(#","scores":"#)
        try writer.array(scores) { score, writer throws(UnusualJSON) in try score.write(to: &writer) }
        writer.verbatim("}")
    }
}

extension ItemScore: DirectlyWritable {
    package func write(to writer: inout JSONWriter) throws(UnusualJSON) {
        switch self {
        case .scored(let reward, let components, let details):
            guard details.isEmpty else { throw UnusualJSON() }
            writer.verbatim(#"{"components":"#)
            try writer.object(components)
            writer.verbatim(#","reward":"#)
            try writer.number(reward)
            writer.verbatim(#","status":"scored"}"#)
        case .formatViolation(let reward, let reason):
            writer.verbatim(#"{"reason":"#)
            try writer.string(reason)
            writer.verbatim(#","reward":"#)
            try writer.number(reward)
            writer.verbatim(#","status":"formatViolation"}"#)
        case .error(let error):
            writer.verbatim(#"{"error":{"code":"#)
            try writer.string(error.code)
            writer.verbatim(#","message":"#)
            try writer.string(error.message)
            writer.verbatim(#"},"status":"error"}"#)
        }
    }
}
