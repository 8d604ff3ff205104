public import Logging
public import ServiceAPI
import Transport

/// Scores with `stepwise-reward`, over all of the configured servers.
///
/// A server that is down, restarts or sheds load is retried until the deadline. Scoring is pure, so that a repeated request does no harm.
public struct RemoteRewardClient: RewardClient {
    private let client: HTTPClient

    /// - Throws: `TransportError` for a URL that is none.
    public init(_ configuration: RewardConfiguration, logger: Logger) throws {
        client = try HTTPClient(
            configuration: ClientConfiguration(
                urls: configuration.urls, deadline: .seconds(configuration.deadlineSeconds), retries: .untilDeadline),
            logger: logger)
    }

    public func score(_ request: ScoreRequest) async throws -> ScoreResponse {
        try await client.post(ServicePath.score, request, isIdempotent: true)
    }

    /// Asks once, and not for long, whether the function is there: a run with a wrong URL should end before it begins.
    ///
    /// - Throws: ``TrainingError`` when no server answers or none has the function; what the service says of wrong parameters.
    public func check(_ configuration: RewardConfiguration) async throws {
        let listing: RewardListing
        do {
            listing = try await client.get(ServicePath.rewards, deadline: .seconds(10))
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TrainingError(
                .reward,
                "the reward service does not answer: \(error). Start it with 'stepwise-reward serve', or correct 'reward.urls'"
            )
        }
        guard listing.functions.contains(where: { $0.name == configuration.function }) else {
            let names = listing.functions.map(\.name).joined(separator: ", ")
            throw TrainingError(
                .configuration, "'reward.function': the service has no '\(configuration.function)'; it has \(names)")
        }
    }

    /// Closes the connections.
    public func shutdown() async { await client.shutdown() }
}
