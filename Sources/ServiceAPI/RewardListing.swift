/// The answer to `GET /v1/rewards`.
///
/// Schema: `proto-schemas/reward-listing.schema.json`.
public struct RewardListing: Codable, Sendable, Hashable {
    public var functions: [RewardDescription]

    package enum CodingKeys: String, CodingKey, CaseIterable { case functions }

    public init(functions: [RewardDescription]) { self.functions = functions }
}

/// One reward function that a server offers.
public struct RewardDescription: Codable, Sendable, Hashable {
    public var name: String
    /// Raised whenever the same input may get another score.
    public var version: Int
    public var summary: String
    /// JSON Schema of the function's parameters, defaults included.
    public var parameters: JSONValue
    /// The fingerprint with all parameters at their defaults.
    public var fingerprint: String

    package enum CodingKeys: String, CodingKey, CaseIterable { case name, version, summary, parameters, fingerprint }

    public init(name: String, version: Int, summary: String, parameters: JSONValue, fingerprint: String) {
        self.name = name
        self.version = version
        self.summary = summary
        self.parameters = parameters
        self.fingerprint = fingerprint
    }
}
