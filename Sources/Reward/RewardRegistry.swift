import ServiceAPI

/// The reward functions that can be asked for by name.
public struct RewardRegistry: Sendable {
    /// All that Stepwise has.
    public static let standard = RewardRegistry([SimilarityReward.self, MathVerifyReward.self])

    private let functions: [any RewardFunction.Type]

    /// - Precondition: The names differ.
    public init(_ functions: [any RewardFunction.Type]) {
        precondition(Set(functions.map { $0.name }).count == functions.count, "two reward functions have one name")
        self.functions = functions
    }

    public var names: [String] { functions.map { $0.name } }

    /// - Throws: `invalidRequest` at `/function` for a name that is not known, at `/parameters/...` for wrong parameters.
    public func make(name: String, parameters: [String: JSONValue]) throws(ProblemDetails) -> any RewardFunction {
        guard let function = functions.first(where: { $0.name == name }) else {
            throw ProblemDetails(
                kind: .invalidRequest,
                detail: "there is no reward function '\(name)'; known are \(names.joined(separator: ", "))",
                pointer: JSONPointer().appending("function").description)
        }
        return try function.init(parameters: parameters)
    }

    /// The answer to `GET /v1/rewards`.
    public func listing() throws(ProblemDetails) -> RewardListing {
        var descriptions: [RewardDescription] = []
        for function in functions { descriptions.append(try function.description()) }
        return RewardListing(functions: descriptions)
    }
}
