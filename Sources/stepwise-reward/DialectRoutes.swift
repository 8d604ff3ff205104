import HTTPTypes
import Reward
import ServiceAPI
import ServiceKit
import Transport

/// What the service answers to clients of OpenRLHF, slime and NeMo Gym, in their own protocols (docs/integrations).
///
/// These have no way to say that an item could not be scored, so the request fails. What is wrong with a request's form is found before
/// anything is scored: some of these clients repeat one that was refused.
struct DialectRoutes: Sendable {
    private let scorer: GroupScorer
    private let settings: DialectSettings
    private let standard: any RewardFunction
    private let components: [String]
    private let texts: ResponseText

    /// - Throws: `CommandFailure` for a function or parameters that do not exist.
    init(_ settings: DialectSettings, scorer: GroupScorer) throws(CommandFailure) {
        do throws(ProblemDetails) {
            standard = try scorer.made.make(name: settings.function, parameters: settings.parameters)
        } catch {
            let key = (error.pointer ?? "").replacing("/", with: ".")
            throw CommandFailure("'dialects\(key)': \(error.detail ?? error.title)", exitStatus: .configuration)
        }
        self.scorer = scorer
        self.settings = settings
        components = settings.components ?? standard.componentNames
        texts = ResponseText(startTokens: settings.startTokens, endTokens: settings.endTokens)
    }

    func add(to router: inout Router) {
        router.on(.post, ServicePath.openRLHF) { request in try await openRLHF(request) }
        router.on(.post, ServicePath.slime) { request in try await slime(request) }
        router.on(.post, ServicePath.gymSeedSession) { request in try await seedSession(request) }
        router.on(.post, ServicePath.gymRolloutSeedSession) { request, _ in try await seedSession(request) }
        router.on(.post, ServicePath.gymVerify) { request in try await verify(request) }
        router.on(.post, ServicePath.gymRolloutVerify) { request, _ in try await verify(request) }
        router.on(.post, ServicePath.gymAggregateMetrics) { request in try await aggregate(request) }
        router.on(.get, ServicePath.gymReverifyMode) { _ in try .json("stateless") }
    }

    private func openRLHF(_ request: ServerRequest) async throws -> ServerResponse {
        let message = try ServiceJSON.decodeRequest(OpenRLHFRequest.self, from: try await request.collectBody())
        try scorer.checkCount(message.query.count, at: "/query")
        let (scores, headers) = try await score(try message.items(texts), request)
        return try .json(OpenRLHFResponse(scores, components: components), headers: headers)
    }

    private func slime(_ request: ServerRequest) async throws -> ServerResponse {
        let message = try ServiceJSON.decodeRequest(SlimeRequest.self, from: try await request.collectBody())
        let (scores, headers) = try await score([try message.item(texts)], request)
        return try .json(
            SlimeResponse(scores[0], settings.slimeAnswer, components: components), headers: headers)
    }

    private func verify(_ request: ServerRequest) async throws -> ServerResponse {
        let body = try await request.collectBody()
        let message = try ServiceJSON.decodeRequest(GymVerifyRequest.self, from: body)
        var (scores, headers) = try await score([try message.item(texts)], request)
        headers[.contentType] = "application/json"
        return ServerResponse(
            headers: headers,
            body: .bytes(try message.answer(to: body, scores[0], components: components)))
    }

    /// Scoring keeps no state, so a session is nothing.
    private func seedSession(_ request: ServerRequest) async throws -> ServerResponse {
        _ = try ServiceJSON.decode(AnyObject.self, from: try await request.collectBody())
        return try .json([String: String]())
    }

    private func aggregate(_ request: ServerRequest) async throws -> ServerResponse {
        let message = try ServiceJSON.decodeRequest(GymAggregateRequest.self, from: try await request.collectBody())
        return try .json(GymMetrics.response(to: message))
    }

    /// - Throws: `ProblemDetails` where an item cannot be scored; with `Retry-After` where it may be another time.
    private func score(
        _ items: [DialectItem], _ request: ServerRequest
    ) async throws -> ([DialectScore], HTTPFields) {
        let plan = try DialectPlan(items, settings: settings, standard: standard, make: scorer.made.make)
        var responses: [ScoreResponse] = []
        for batch in plan.batches {
            responses.append(
                try await scorer.scores(
                    of: batch.groups, with: batch.function, name: batch.name, deadline: request.deadline))
        }
        do throws(ProblemDetails) {
            var headers = HTTPFields()
            headers[.stepwiseFingerprint] =
                responses.isEmpty ? standard.fingerprint : DialectPlan.fingerprints(of: responses)
            return (try plan.scores(from: responses), headers)
        } catch {
            guard error.status == 503 else { throw error }
            throw ProblemResponse(error, headers: [.retryAfter: "1"])
        }
    }

    /// Whatever an object has in it.
    private struct AnyObject: Decodable {
        private enum NoKeys: CodingKey {}

        init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: NoKeys.self) }
    }
}

extension HTTPField.Name {
    /// The fingerprint of what scored a request whose answer has no place for it.
    fileprivate static let stepwiseFingerprint = Self("stepwise-fingerprint")!
}
