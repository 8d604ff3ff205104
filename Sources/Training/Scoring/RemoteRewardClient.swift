public import Logging
public import ServiceAPI
public import Transport

/// Scores with `stepwise-reward`, or another server of its protocol, over all URLs of a source.
///
/// Scoring is pure, so that a repeated request does no harm.
public struct RemoteRewardClient: RewardClient {
    private let client: HTTPClient

    /// - Parameter secure: gives a client what it shows to its servers, and TLS: Training reads no such files.
    /// - Throws: ``TrainingError`` naming the key of a URL that is none, or of a file that cannot be used.
    public init(
        _ source: RewardSource, patience: RewardConnector.Patience, logger: Logger, secure: RewardConnector.Secure
    ) throws {
        let (seconds, retries): (Double, RetryPolicy) =
            switch patience {
            case .untilDeadline(let seconds): (seconds, .untilDeadline)
            case .brief(let seconds): (seconds, RetryPolicy(maximumAttempts: 3))
            }
        var configuration = ClientConfiguration(urls: source.urls, deadline: .seconds(seconds), retries: retries)
        do {
            try secure(source.credentials ?? ClientCredentials(), &configuration)
        } catch {
            throw TrainingError(.configuration, "'\(source.place).tokenFile' or '\(source.place).tls': \(error)")
        }
        do {
            client = try HTTPClient(configuration: configuration, logger: logger)
        } catch {
            throw TrainingError(.configuration, "'\(source.place).urls': \(error.detail): \(error.call)")
        }
    }

    public func score(_ request: ScoreRequest) async throws -> RewardAnswer {
        let answer = try await client.postAnswered(
            ServicePath.score, request, as: ScoreResponse.self, isIdempotent: true)
        return RewardAnswer(answer.value, server: answer.server)
    }

    public func probe(_ source: RewardSource) async throws -> String {
        let listing: RewardListing
        do {
            listing = try await client.get(ServicePath.rewards)
        } catch let error as RemoteProblem where error.problem.status == 401 {
            throw TrainingError(
                .reward,
                "the reward service refuses: \(error). Name the file of its token in '\(source.place).tokenFile'")
        } catch let error as TransportError where error.code == .tlsFailed {
            throw TrainingError(.reward, "there is no secure connection to the reward service: \(error)")
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TrainingError(
                .reward,
                "the reward service does not answer: \(error). Start it with 'stepwise-reward serve', or correct '\(source.place).urls'"
            )
        }
        guard listing.functions.contains(where: { $0.name == source.function }) else {
            let names = listing.functions.map(\.name).joined(separator: ", ")
            throw TrainingError(
                .configuration,
                "'\(source.place).function': the service has no '\(source.function)'; it has \(names)")
        }
        do {
            return try await score(source.request([])).response.fingerprint
        } catch let error as RemoteProblem where error.problem.status == 422 {
            throw TrainingError(.configuration, "'\(source.place).parameters': \(error)")
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TrainingError(.reward, "the reward service does not score: \(error)")
        }
    }

    /// Closes the connections.
    public func shutdown() async { await client.shutdown() }
}

extension RewardConnector {
    /// Connects to the URLs of sources.
    public static func remote(logger: Logger, secure: @escaping Secure) -> RewardConnector {
        RewardConnector { try RemoteRewardClient($0, patience: $1, logger: logger, secure: secure) }
    }

    /// Makes a client show credentials, and speak TLS where a URL says so.
    public typealias Secure = @Sendable (ClientCredentials, inout ClientConfiguration) throws -> Void
}
