import ServiceAPI

/// An expert step and the completions in its place.
package typealias RewardGroup = (expert: String, completions: [String])

/// Sends groups of completions to one source and checks what comes back: an answer that does not fit is an error, never a reward.
struct SourceScoring: Sendable {
    let source: RewardSource
    let client: any RewardClient

    /// Groups of one request; a batch is more than one when it is large.
    static let groupsPerRequest = 256

    /// A fingerprint that came with scores, and the server that gave it.
    struct Sighting: Sendable, Equatable {
        let fingerprint: String
        let server: String?
    }

    struct Scores: Sendable {
        /// Of each group, of each completion.
        var items: [[ItemScore]] = []
        /// In the order in which they came; the same fingerprint is there once.
        var sightings: [Sighting] = []

        mutating func append(_ other: Scores) {
            items += other.items
            for sighting in other.sightings { add(sighting) }
        }

        mutating func add(_ sighting: Sighting) {
            if !sightings.contains(where: { $0.fingerprint == sighting.fingerprint }) { sightings.append(sighting) }
        }
    }

    /// - Parameters:
    ///   - batch: a name that no other batch of the run has: an answer to another one is then seen by its ids.
    ///   - first: the number of the first group in its batch.
    /// - Throws: ``TrainingError``, `CancellationError`.
    func score(_ groups: [RewardGroup], batch: String, first: Int = 0) async throws -> Scores {
        var scores = Scores()
        for start in stride(from: 0, to: groups.count, by: Self.groupsPerRequest) {
            let part = groups[start..<min(start + Self.groupsPerRequest, groups.count)]
            let request = source.request(
                part.indices.map {
                    ScoreGroup(id: "\(batch)/\(first + $0)", expert: part[$0].expert, completions: part[$0].completions)
                })
            let answer = try await answer(to: request)
            try check(answer, against: request)
            scores.items += answer.response.groups.map(\.scores)
            scores.add(Sighting(fingerprint: answer.response.fingerprint, server: answer.server))
        }
        return scores
    }

    private func answer(to request: ScoreRequest) async throws -> RewardAnswer {
        do {
            return try await client.score(request)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TrainingError(.reward, "the reward '\(source.name)' could not be had: \(error)")
        }
    }

    private func check(_ answer: RewardAnswer, against request: ScoreRequest) throws(TrainingError) {
        let server = "the reward server\(answer.server.map { " \($0)" } ?? "") answered with"
        let response = answer.response
        guard response.groups.count == request.groups.count else {
            throw TrainingError(
                .reward, "\(server) \(response.groups.count) groups for the \(request.groups.count) it was sent")
        }
        for (scored, group) in zip(response.groups, request.groups) {
            guard scored.id == group.id else {
                throw TrainingError(.reward, "\(server) the group '\(scored.id)' where '\(group.id)' was asked for")
            }
            guard scored.scores.count == group.itemCount else {
                throw TrainingError(
                    .reward,
                    "\(server) \(scored.scores.count) scores for \(group.itemCount) completions of the group '\(group.id)'"
                )
            }
        }
    }
}
