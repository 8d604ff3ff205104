import ArgumentParser
import Reward
import ServiceAPI
import ServiceKit

/// Makes reward functions of what the command line names.
enum FunctionOptions {
    /// The functions that there are, with the tokenizers and programs of a service's configuration.
    static func registry(config: String?) throws -> RewardRegistry {
        guard let config else { return .standard }
        return try RewardResources(StrictConfiguration.load(config)).registry
    }

    /// The JSON object of `--parameters`.
    static func parameters(_ text: String) throws(CommandFailure) -> [String: JSONValue] {
        do throws(ProblemDetails) {
            return try ServiceJSON.decode([String: JSONValue].self, from: Array(text.utf8))
        } catch { throw failure(error) }
    }

    /// - Throws: `CommandFailure` that names the option at fault.
    static func make(
        _ name: String, _ parameters: [String: JSONValue], in registry: RewardRegistry
    ) throws(CommandFailure) -> any RewardFunction {
        do throws(ProblemDetails) { return try registry.make(name: name, parameters: parameters) } catch {
            throw failure(error)
        }
    }

    private static func failure(_ error: ProblemDetails) -> CommandFailure {
        let option = error.pointer == "/function" ? "--function" : "--parameters"
        let place = error.pointer.map { " \($0)" } ?? ""
        return CommandFailure("\(option)\(place): \(error.detail ?? error.title)", exitStatus: .usage)
    }
}
