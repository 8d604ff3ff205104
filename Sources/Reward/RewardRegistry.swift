import ServiceAPI

/// The reward functions that can be asked for by name.
public struct RewardRegistry: Sendable {
    /// All that Stepwise has and that needs no configuration.
    public static let standard = RewardRegistry(standardFunctions)

    private static let standardFunctions: [any RewardFunction.Type] = [
        SimilarityReward.self, TrajectoryReward.self, MathVerifyReward.self, FormatReward.self, AgentActionReward.self,
        CombinedReward.self,
    ]

    private let functions: [any RewardFunction.Type]
    private let environment: RewardEnvironment

    /// - Precondition: The names differ.
    public init(_ functions: [any RewardFunction.Type], environment: RewardEnvironment = RewardEnvironment()) {
        precondition(Set(functions.map { $0.name }).count == functions.count, "two reward functions have one name")
        self.functions = functions
        self.environment = environment.offering(functions)
    }

    /// The standard functions in a service configured so, and `external` when it has programs.
    public static func standard(in environment: RewardEnvironment) -> RewardRegistry {
        RewardRegistry(
            standardFunctions + (environment.programs.isEmpty ? [] : [ExternalReward.self]), environment: environment)
    }

    public var names: [String] { functions.map { $0.name } }

    /// - Throws: `invalidRequest` at `/function` for a name that is not known, at `/parameters/...` for wrong parameters.
    public func make(name: String, parameters: [String: JSONValue]) throws(ProblemDetails) -> any RewardFunction {
        try environment.make(name: name, parameters: parameters, at: JSONPointer())
    }

    /// The answer to `GET /v1/rewards`.
    public func listing() throws(ProblemDetails) -> RewardListing {
        var descriptions: [RewardDescription] = []
        for function in functions { descriptions.append(try function.description(in: environment)) }
        return RewardListing(functions: descriptions)
    }
}
