public import Logging
package import ServiceAPI
import Transport

/// The rewards of a run, connected: what scores a batch, and what is exchanged as a whole when the list is reloaded.
public struct RewardList: Sendable {
    public let configuration: RewardConfiguration
    let sources: [RewardSource]
    let mirror: RewardMirror?
    private let scorings: [SourceScoring]
    private let connector: RewardConnector
    private let logger: Logger

    /// How long a server may take to start and to say what it has, and then again to take the parameters; in seconds.
    private static let probeSeconds = 10.0

    /// - Throws: ``TrainingError`` naming the key of a URL that is none.
    public init(_ configuration: RewardConfiguration, connector: RewardConnector, logger: Logger) throws {
        self.configuration = configuration
        self.connector = connector
        self.logger = logger
        sources = configuration.sources
        var scorings: [SourceScoring] = []
        do {
            for source in sources {
                let client = try connector.connect(source, .untilDeadline(configuration.deadlineSeconds))
                scorings.append(SourceScoring(source: source, client: client))
            }
            mirror =
                if let mirror = configuration.mirror, let index = configuration.mirroredIndex {
                    try RewardMirror(
                        mirror, source: mirror.source(insteadOf: sources[index]), index: index, connector: connector,
                        logger: logger)
                } else { nil }
        } catch {
            let clients = scorings.map(\.client)
            Task.detached { for client in clients { await client.shutdown() } }
            throw error
        }
        self.scorings = scorings
    }

    /// The scores of a batch.
    package struct Scores: Sendable {
        /// The weighted sums: of each group, of each completion.
        package var items: [[ItemScore]]
        /// Of each source; empty of one that takes no part.
        var parts: [SourceScoring.Scores]

        /// Adds the scores of the groups that follow.
        mutating func append(_ other: Scores) {
            items += other.items
            for (index, part) in other.parts.enumerated() { parts[index].append(part) }
        }
    }

    /// Scores groups with all sources that this use has, at the same time.
    ///
    /// - Parameters:
    ///   - batch: a name that no other batch of the run has.
    ///   - first: the number of the first group in its batch, where the batch is sent in parts.
    /// - Throws: ``TrainingError`` when a source gives no scores, or none that fit; `CancellationError`.
    package func score(
        _ groups: [RewardGroup], batch: String, first: Int = 0, for use: RewardUse = .step
    ) async throws -> Scores {
        // The servers' log lines name it too.
        let trace = TraceContext.current?.child() ?? .new()
        logger.debug(
            "scoring a batch",
            metadata: ["batch": "\(batch)", "trace_id": "\(trace.traceID)", "span_id": "\(trace.spanID)"])
        return try await TraceContext.$current.withValue(trace) {
            try await ask(groups, batch: batch, first: first, for: use)
        }
    }

    private func ask(
        _ groups: [RewardGroup], batch: String, first: Int, for use: RewardUse
    ) async throws -> Scores {
        let used = sources.indices.filter { sources[$0].serves(use) }
        guard !used.isEmpty else {
            throw TrainingError(.configuration, "'reward' has no server that scores \(use.rawValue)s")
        }
        let parts = try await withThrowingTaskGroup(of: (Int, SourceScoring.Scores).self) { group in
            for index in used {
                let scoring = scorings[index]
                group.addTask { (index, try await scoring.score(groups, batch: batch, first: first)) }
            }
            var parts = [SourceScoring.Scores](repeating: .init(), count: scorings.count)
            for try await (index, scores) in group { parts[index] = scores }
            return parts
        }
        return Scores(
            items: WeightedSum.of(used.map { parts[$0].items }, sources: used.map { sources[$0] }), parts: parts)
    }

    /// What identifies the list, or what it scores for one use, when its sources have these fingerprints.
    public func fingerprint(_ fingerprints: [String], for use: RewardUse? = nil) -> String {
        let used = sources.indices.filter { index in use.map { sources[index].serves($0) } ?? true }
        return WeightedSum.fingerprint(of: used.map { fingerprints[$0] }, sources: used.map { sources[$0] })
    }

    /// Whether one thing is scored by other sources than another.
    var distinguishesUses: Bool { sources.contains { $0.uses != nil } }

    /// The mirror, where the source that it is compared with takes part.
    func mirror(for use: RewardUse) -> RewardMirror? { mirror.flatMap { sources[$0.index].serves(use) ? $0 : nil } }

    /// Asks every server once, and not for long, whether it has the function and takes the parameters: a list with a wrong URL is refused before
    /// anything depends on it. A replica that does not answer is named in the log, as long as another one does.
    ///
    /// - Returns: the fingerprint of each source.
    /// - Throws: ``TrainingError`` when no replica of a source answers, a function is not there, or replicas are not the same.
    public func check() async throws -> [String] {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (index, source) in sources.enumerated() { group.addTask { (index, try await check(source)) } }
            var fingerprints = [String](repeating: "", count: sources.count)
            for try await (index, fingerprint) in group { fingerprints[index] = fingerprint }
            return fingerprints
        }
    }

    private func check(_ source: RewardSource) async throws -> String {
        let probes = try await withThrowingTaskGroup(of: (Int, Result<String, any Error>).self) { group in
            for (index, url) in source.urls.enumerated() {
                var replica = source
                replica.urls = [url]
                group.addTask { [replica] in (index, try await probe(replica)) }
            }
            var probes: [Int: Result<String, any Error>] = [:]
            for try await (index, result) in group { probes[index] = result }
            return source.urls.indices.compactMap { probes[$0] }
        }
        var found: [(url: String, fingerprint: String)] = []
        var failures: [(url: String, error: any Error)] = []
        for (url, probe) in zip(source.urls, probes) {
            switch probe {
            case .success(let fingerprint): found.append((url, fingerprint))
            case .failure(let error):
                // A server that says no is not one that is down.
                if let error = error as? TrainingError, error.kind == .configuration { throw error }
                failures.append((url, error))
            }
        }
        guard let first = found.first else {
            throw failures.first?.error ?? TrainingError(.configuration, "'\(source.place).urls' is empty")
        }
        for failure in failures {
            logger.warning(
                "a replica of the reward server does not answer; the others stand in for it",
                metadata: ["reward": "\(source.name)", "url": "\(failure.url)", "cause": "\(failure.error)"])
        }
        if let other = found.first(where: { $0.fingerprint != first.fingerprint }) {
            throw TrainingError(
                .reward,
                "'\(source.place).urls': \(first.url) has the fingerprint \(first.fingerprint) and \(other.url) has \(other.fingerprint); servers that stand in for each other must be the same"
            )
        }
        return first.fingerprint
    }

    /// - Throws: `CancellationError` alone.
    private func probe(_ replica: RewardSource) async throws -> Result<String, any Error> {
        let client: any RewardClient
        do {
            client = try connector.connect(replica, .untilDeadline(Self.probeSeconds))
        } catch { return .failure(error) }
        do {
            let fingerprint = try await client.probe(replica)
            await client.shutdown()
            return .success(fingerprint)
        } catch {
            await client.shutdown()
            if Task.isCancelled { throw CancellationError() }
            return .failure(error)
        }
    }

    /// Lets go of all connections; a batch that the mirror still scores is given up.
    public func shutdown() async {
        await mirror?.stop()
        for scoring in scorings { await scoring.client.shutdown() }
    }
}
