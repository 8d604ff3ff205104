import ServiceAPI

/// What reward functions need from outside, given to them by name: requests never carry a path or a command. Empty unless the service is configured.
public struct RewardEnvironment: Sendable {
    /// For `granularity: token`.
    public var tokenizers: [String: NamedTokenizer]
    /// For the function `external`.
    public var programs: [String: any ExternalProgram]
    /// For the functions that `combine` combines.
    var functions: [any RewardFunction.Type] = []

    public init(tokenizers: [String: NamedTokenizer] = [:], programs: [String: any ExternalProgram] = [:]) {
        self.tokenizers = tokenizers
        self.programs = programs
    }

    func offering(_ functions: [any RewardFunction.Type]) -> RewardEnvironment {
        var result = self
        result.functions = functions
        return result
    }

    /// The function that is asked for by name.
    ///
    /// - Parameter place: Where the request names it: `function` and `parameters` are below.
    func make(
        name: String, parameters: [String: JSONValue], at place: JSONPointer
    ) throws(ProblemDetails) -> any RewardFunction {
        guard let function = functions.first(where: { $0.name == name }) else {
            let names = functions.map { $0.name }.joined(separator: ", ")
            throw ProblemDetails(
                kind: .invalidRequest, detail: "there is no reward function '\(name)'; known are \(names)",
                pointer: place.appending("function").description)
        }
        do throws(ProblemDetails) {
            return try function.init(parameters: parameters, environment: self)
        } catch {
            // A function names its parameters from the request's root.
            var problem = error
            problem.pointer = problem.pointer.map { place.description + $0 }
            throw problem
        }
    }
}

/// A tokenizer, as far as comparing needs it.
public struct NamedTokenizer: Sendable {
    /// Which tokenizer it is, whatever it is called here; part of fingerprints.
    public var identity: String
    /// The text as token ids, special tokens read as plain text.
    public var encode: @Sendable (String) -> [Int32]
    /// What a token stands for, for people: maybe a part of a character.
    public var bytes: @Sendable (Int32) -> [UInt8]

    public init(
        identity: String, bytes: @escaping @Sendable (Int32) -> [UInt8], encode: @escaping @Sendable (String) -> [Int32]
    ) {
        self.identity = identity
        self.bytes = bytes
        self.encode = encode
    }
}
