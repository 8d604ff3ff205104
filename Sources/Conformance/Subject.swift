import HTTPTypes
import ServiceAPI
import Transport

/// The server that is tried, and the function of it.
struct Subject: Sendable {
    let client: HTTPClient
    let url: String
    let timeout: Duration
    let description: RewardDescription
    let parameters: [String: JSONValue]

    /// Three actions that most functions tell apart.
    static let actions = ["x = 2", "x = 3", "so y is 40"]

    func group(_ id: String, expert: String = "x = 2", _ actions: [String] = Self.actions) -> ScoreGroup {
        ScoreGroup(id: id, expert: expert, actions: actions)
    }

    func request(_ groups: [ScoreGroup], parameters: [String: JSONValue]? = nil) -> ScoreRequest {
        let parameters = parameters ?? self.parameters
        return ScoreRequest(
            function: description.name, parameters: parameters.isEmpty ? nil : parameters, groups: groups)
    }

    /// Scores, and holds the answer to the request.
    ///
    /// - Throws: ``Finding`` when it is not 200, not a score response, or one to something else.
    func score(
        _ groups: [ScoreGroup], parameters: [String: JSONValue]? = nil, headers: HTTPFields = [:],
        encoded: ([UInt8]) throws -> [UInt8] = { $0 }
    ) async throws -> ScoreResponse {
        let body = try encoded(ServiceJSON.encode(request(groups, parameters: parameters)))
        return try Self.response(try await post(body, headers: headers), to: groups)
    }

    static func response(_ answer: ClientResponse, to groups: [ScoreGroup]) throws -> ScoreResponse {
        let response = try answer.document(ScoreResponse.self, status: 200)
        try expect(!response.fingerprint.isEmpty, "/fingerprint is empty")
        try expect(
            response.groups.map(\.id) == groups.map(\.id),
            "the ids \(brief(response.groups.map(\.id))) came back for \(brief(groups.map(\.id)))")
        for (index, (scored, group)) in zip(response.groups, groups).enumerated() {
            try expect(
                scored.scores.count == group.itemCount,
                "/groups/\(index)/scores has \(scored.scores.count) scores for \(group.itemCount) items")
            for case .error(let error) in scored.scores {
                try expect(!error.code.isEmpty, "/groups/\(index): an error has an empty code")
            }
        }
        return response
    }

    /// Posts bytes to be scored.
    func post(_ body: [UInt8], headers: HTTPFields = [:]) async throws -> ClientResponse {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await client.send(
            ClientRequest(method: .post, path: ServicePath.score, headers: headers, body: body))
    }

    /// Posts what must be refused with a problem document.
    func refused(
        _ body: String, status: Int, pointer: String? = nil, headers: HTTPFields = [:]
    ) async throws {
        try await post(Array(body.utf8), headers: headers).problem(status: status, pointer: pointer)
    }

    /// A group as the text of a request.
    func text(_ groups: String, function: String? = nil, more: String = "") -> String {
        let name = JSONValue.string(function ?? description.name).canonicalText
        return
            "{\"function\": \(name), \"parameters\": \(JSONValue.object(parameters).canonicalText), \(more)\"groups\": \(groups)}"
    }

    private static func brief(_ ids: [String]) -> String {
        ids.prefix(4).joined(separator: ", ") + (ids.count > 4 ? ", .. (\(ids.count))" : "")
    }
}

extension ClientResponse {
    /// The answer as a message of proto-schemas/.
    func document<Message: Decodable>(_ type: Message.Type, status expected: Int) throws -> Message {
        try expect(status.code == expected, "answered \(status.code) instead of \(expected): \(start)")
        return try decoded(type, as: "application/json")
    }

    /// The answer as a problem document with this status.
    @discardableResult func problem(status expected: Int, pointer: String? = nil) throws -> ProblemDetails {
        try expect(status.code == expected, "answered \(status.code) instead of \(expected): \(start)")
        let problem = try decoded(ProblemDetails.self, as: "application/problem+json")
        try expect(
            problem.status == expected, "the problem's status is \(problem.status), and the answer's \(expected)")
        if let pointer {
            try expect(
                problem.pointer == pointer,
                "the problem's pointer is \(problem.pointer.map { "'\($0)'" } ?? "absent"), not '\(pointer)'")
        }
        return problem
    }

    private func decoded<Message: Decodable>(_ type: Message.Type, as media: String) throws -> Message {
        let declared = headers[.contentType] ?? "absent"
        try expect(declared.hasPrefix(media), "the content-type is \(declared), not \(media)")
        do throws(ProblemDetails) {
            let message = try ServiceJSON.decode(type, from: body)
            // The decoder takes null for absence; services never write it.
            if let place = try ServiceJSON.decode(JSONValue.self, from: body).null(at: "") {
                throw ProblemDetails(kind: .invalidRequest, detail: "is null; leave it out", pointer: place)
            }
            return message
        } catch {
            let place = error.pointer.map { $0.isEmpty ? "the whole body: " : "\($0): " } ?? ""
            throw Finding("not such a document: \(place)\(error.detail ?? error.title)")
        }
    }

    /// How the body begins.
    private var start: String {
        let text = text.prefix(120).split(whereSeparator: \.isNewline).joined(separator: " ")
        return text.isEmpty ? "(nothing)" : text
    }
}

extension JSONValue {
    /// Where null is; `parameters` and `details`, which hold anything, are not looked into.
    fileprivate func null(at path: String) -> String? {
        switch self {
        case .null: path
        case .array(let values):
            values.enumerated().lazy.compactMap { $1.null(at: "\(path)/\($0)") }.first
        case .object(let members):
            members.lazy.compactMap { key, value in
                ["parameters", "details"].contains(key) ? nil : value.null(at: "\(path)/\(key)")
            }.first
        default: nil
        }
    }
}
