/// What a row of a data set carries for the reward: the expert step, alone or with what it is to be scored by. The same in every
/// dialect.
///
/// Schema: `proto-schemas/expert-label.schema.json`.
public enum ExpertLabel: Sendable, Hashable {
    /// The expert step; or the text of an object with `expert_step`, for data sets whose columns are text.
    case text(String)
    /// An expert step that is a number, such as an answer: its text counts.
    case number(Double)
    case fields(Fields)

    public struct Fields: Sendable, Hashable {
        public var expertStep: String
        /// The reward function; the service's own choice where it is absent.
        public var function: String?
        /// The function's parameters. Absent, they are the service's own where the function is, else the defaults.
        public var parameters: [String: JSONValue]?
        /// What the response is; the service's own choice where it is absent.
        public var format: ResponseFormat?

        public init(
            expertStep: String, function: String? = nil, parameters: [String: JSONValue]? = nil,
            format: ResponseFormat? = nil
        ) {
            self.expertStep = expertStep
            self.function = function
            self.parameters = parameters
            self.format = format
        }
    }

    /// What the label says, whichever way it is written.
    ///
    /// - Parameter pointer: Where the label stands.
    /// - Throws: `invalidRequest` for a text without content, or that of an object that is no such label.
    public func fields(at pointer: JSONPointer) throws(ProblemDetails) -> Fields {
        switch self {
        case .fields(let fields): return fields
        case .number(let number): return Fields(expertStep: JSONValue.number(number).canonicalText)
        case .text(let text):
            try Self.requireContent(text, at: pointer)
            return try Self.object(in: text, at: pointer) ?? Fields(expertStep: text)
        }
    }

    fileprivate static func requireContent(
        _ text: String, at pointer: @autoclosure () -> JSONPointer
    ) throws(ProblemDetails) {
        guard text.allSatisfy(\.isWhitespace) else { return }
        throw Require.problem(at: pointer(), "is empty; it must carry the expert step")
    }

    /// The fields in a text that is an object with `expert_step`; nil for any other text, which may well be JSON of the expert's own.
    private static func object(in text: String, at pointer: JSONPointer) throws(ProblemDetails) -> Fields? {
        let key = Fields.CodingKeys.expertStep.stringValue
        guard text.first(where: { !$0.isWhitespace }) == "{", text.contains("\"\(key)\"") else { return nil }
        do throws(ProblemDetails) {
            let members = try ServiceJSON.decode([String: JSONValue].self, from: Array(text.utf8))
            guard members[key] != nil else { return nil }
            return try ServiceJSON.decodeRequest(Fields.self, from: Array(text.utf8))
        } catch {
            let place = error.pointer.map { $0.isEmpty ? "" : "\($0): " } ?? ""
            throw Require.problem(
                at: pointer, "the text begins like an object with '\(key)': \(place)\(error.detail ?? error.title)")
        }
    }
}

extension ExpertLabel: ValidatedMessage {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = .text(try container.decode(String.self))
            return
        } catch DecodingError.typeMismatch {}
        do {
            self = .number(try container.decode(Double.self))
            return
        } catch DecodingError.typeMismatch {
        } catch let error where !(error is DecodingError) {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is a number that a Double cannot hold")
        }
        self = .fields(try Fields(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .text(let text): try text.encode(to: encoder)
        case .number(let number): try JSONValue.number(number).encode(to: encoder)
        case .fields(let fields): try fields.encode(to: encoder)
        }
    }

    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        try fields(at: pointer).validate(at: pointer)
    }
}

extension ExpertLabel.Fields: ValidatedMessage {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case expertStep = "expert_step"
        case function, parameters, format
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        expertStep = try container.decode(String.self, forKey: .expertStep)
        function = try container.decodeIfPresent(String.self, forKey: .function)
        parameters = try container.decodeIfPresent([String: JSONValue].self, forKey: .parameters)
        format = try container.decodeIfPresent(ResponseFormat.self, forKey: .format)
    }

    public func validate(at pointer: JSONPointer) throws(ProblemDetails) {
        try ExpertLabel.requireContent(
            expertStep, at: pointer.appending(CodingKeys.expertStep.stringValue))
        if let function { try Require.notEmpty(function, at: pointer.appending("function")) }
    }
}
