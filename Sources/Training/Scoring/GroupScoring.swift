import ServiceAPI

/// Sends groups of completions to be scored and checks what comes back: an answer that does not fit is an error, never a reward.
struct GroupScoring {
    let client: any RewardClient
    let configuration: RewardConfiguration

    /// Groups of one request; a batch is more than one when it is large.
    static let groupsPerRequest = 256

    /// - Returns: the scores of each group, and the fingerprints that came with them, without repetition.
    func score(
        _ groups: [(expert: String, completions: [String])]
    ) async throws -> (scores: [[ItemScore]], fingerprints: [String]) {
        var scores: [[ItemScore]] = []
        var fingerprints: [String] = []
        for start in stride(from: 0, to: groups.count, by: Self.groupsPerRequest) {
            let part = groups[start..<min(start + Self.groupsPerRequest, groups.count)]
            let request = ScoreRequest(
                function: configuration.function,
                parameters: configuration.parameters.isEmpty ? nil : configuration.parameters,
                groups: part.enumerated().map {
                    ScoreGroup(id: "\($0)", expert: $1.expert, completions: $1.completions)
                })
            let response = try await client.score(request)
            try check(response, against: request)
            scores += response.groups.map(\.scores)
            if !fingerprints.contains(response.fingerprint) { fingerprints.append(response.fingerprint) }
        }
        return (scores, fingerprints)
    }

    private func check(_ response: ScoreResponse, against request: ScoreRequest) throws(TrainingError) {
        guard response.groups.map(\.id) == request.groups.map(\.id) else {
            throw TrainingError(
                .reward,
                "the reward service answered with \(response.groups.count) groups that are not the \(request.groups.count) it was sent"
            )
        }
        for (scored, group) in zip(response.groups, request.groups)
        where scored.scores.count != group.itemCount {
            throw TrainingError(
                .reward,
                "the reward service answered with \(scored.scores.count) scores for \(group.itemCount) completions")
        }
    }
}
