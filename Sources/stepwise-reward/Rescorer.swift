import Foundation
import Logging
import Reward
import ServiceAPI
import ServiceKit
import Transport

/// One way to score again: a function here, or one of a server.
enum Rescorer: Sendable {
    case here(name: String, function: any RewardFunction)
    case server(name: String, client: HTTPClient, function: String, parameters: [String: JSONValue])

    /// - Throws: `CommandFailure` for a URL that is none.
    static func remote(
        name: String, url: String, function: String, parameters: [String: JSONValue], timeout: Duration,
        credentials: ClientCredentials, logger: Logger
    ) throws -> Rescorer {
        var configuration = ClientConfiguration(urls: [url], deadline: timeout)
        try credentials.apply(to: &configuration, logger: logger)
        do {
            let client = try HTTPClient(configuration: configuration, logger: logger)
            return .server(name: name, client: client, function: function, parameters: parameters)
        } catch {
            throw CommandFailure("--url \(url): \(error.detail)", exitStatus: .usage)
        }
    }

    var name: String {
        switch self {
        case .here(let name, _), .server(let name, _, _, _): name
        }
    }

    /// Of each group, of each item.
    ///
    /// - Throws: `CommandFailure` when a server does not answer, refuses, or answers something else.
    func score(_ groups: [ScoreGroup]) async throws -> [[ItemScore]] {
        switch self {
        case .here(_, let function): try await Self.score(groups, with: function)
        case .server(_, let client, let function, let parameters):
            try await Self.score(
                ScoreRequest(function: function, parameters: parameters, groups: groups), at: client)
        }
    }

    func shutdown() async {
        if case .server(_, let client, _, _) = self { await client.shutdown() }
    }

    /// On all cores; in the order of the groups.
    private static func score(_ groups: [ScoreGroup], with function: any RewardFunction) async throws -> [[ItemScore]] {
        let workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
        return await withTaskGroup(of: [(Int, [ItemScore])].self) { tasks in
            for worker in 0..<workers {
                tasks.addTask {
                    stride(from: worker, to: groups.count, by: workers).map { ($0, function.score(groups[$0]).scores) }
                }
            }
            var scores = [[ItemScore]](repeating: [], count: groups.count)
            for await part in tasks { for (index, found) in part { scores[index] = found } }
            return scores
        }
    }

    private static func score(_ request: ScoreRequest, at client: HTTPClient) async throws -> [[ItemScore]] {
        let answer: Answered<ScoreResponse>
        do {
            answer = try await client.postAnswered(ServicePath.score, request, isIdempotent: true)
        } catch {
            throw CommandFailure(ErrorReport.message(for: error), exitStatus: .unavailable)
        }
        let fits =
            answer.value.groups.map(\.id) == request.groups.map(\.id)
            && zip(answer.value.groups, request.groups).allSatisfy { $0.scores.count == $1.itemCount }
        guard fits else {
            throw CommandFailure(
                "\(answer.server) answered with other groups or another number of scores than it was asked for; 'stepwise-reward conform' tries it",
                exitStatus: .unavailable)
        }
        return answer.value.groups.map(\.scores)
    }
}
