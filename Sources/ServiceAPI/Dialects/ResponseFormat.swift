/// What a response that another trainer sends still has of the monologue.
public enum ResponseFormat: String, Codable, Sendable, CaseIterable {
    /// `<think>` monologue `</think>` action.
    case completion
    /// The same without `<think>`, which the prompt has written already.
    case opened
    /// The action alone.
    case action

    public init(from decoder: any Decoder) throws { self = try decoder.decodeChoice() }
}
