/// What went wrong with a request, for people and programs: RFC 9457 `application/problem+json`.
///
/// Schema: `proto-schemas/problem-details.schema.json`.
public struct ProblemDetails: Codable, Sendable, Hashable, Error {
    /// Identifies the kind of problem: `urn:stepwise:problem:<kind>`.
    public var type: String
    /// The kind in a few words; the same for every occurrence.
    public var title: String
    /// The HTTP status that goes with it.
    public var status: Int
    /// What was wrong this time, where, and what to do.
    public var detail: String?
    /// The request id, so that a log line can be found.
    public var instance: String?
    /// The field at fault as a JSON pointer (RFC 6901) into the request body; empty for the body itself.
    public var pointer: String?

    package enum CodingKeys: String, CodingKey, CaseIterable { case type, title, status, detail, instance, pointer }

    public init(
        kind: Kind, status: Int? = nil, detail: String? = nil, instance: String? = nil, pointer: String? = nil
    ) {
        self.type = "urn:stepwise:problem:\(kind.rawValue)"
        self.title = kind.title
        self.status = status ?? kind.status
        self.detail = detail
        self.instance = instance
        self.pointer = pointer
    }

    /// The kinds that the services answer with. A closed list, so that it can label a metric.
    public enum Kind: String, Sendable, CaseIterable {
        case malformedJSON = "malformed-json"
        case invalidRequest = "invalid-request"
        case unauthorized
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case conflict
        case contentTooLarge = "content-too-large"
        case unsupportedEncoding = "unsupported-encoding"
        case malformedEncoding = "malformed-encoding"
        case requestTimeout = "request-timeout"
        case tooManyRequests = "too-many-requests"
        case deadlineExceeded = "deadline-exceeded"
        case unavailable
        case internalError = "internal-error"

        public var status: Int {
            switch self {
            case .malformedJSON, .malformedEncoding: 400
            case .invalidRequest: 422
            case .unauthorized: 401
            case .notFound: 404
            case .methodNotAllowed: 405
            case .requestTimeout: 408
            case .conflict: 409
            case .contentTooLarge: 413
            case .unsupportedEncoding: 415
            case .tooManyRequests: 429
            case .unavailable: 503
            case .deadlineExceeded: 504
            case .internalError: 500
            }
        }

        public var title: String {
            switch self {
            case .malformedJSON: "The body is not JSON"
            case .invalidRequest: "The request is not valid"
            case .unauthorized: "A valid token is needed"
            case .notFound: "There is nothing here"
            case .methodNotAllowed: "The method is not allowed here"
            case .conflict: "The state does not allow this"
            case .contentTooLarge: "The request is too large"
            case .unsupportedEncoding: "The content encoding is not supported"
            case .malformedEncoding: "The body does not match its content encoding"
            case .requestTimeout: "The request took too long to arrive"
            case .tooManyRequests: "Too many requests"
            case .deadlineExceeded: "The deadline has passed"
            case .unavailable: "The service cannot take this now"
            case .internalError: "The service failed"
            }
        }
    }
}

extension ProblemDetails: CustomStringConvertible {
    /// One line: `422 The request is not valid: /groups/0/id: must not be empty`.
    public var description: String {
        var parts = ["\(status) \(title)"]
        if let pointer { parts.append(pointer.isEmpty ? "the whole body" : pointer) }
        if let detail { parts.append(detail) }
        return parts.joined(separator: ": ")
    }
}

/// One JSON pointer (RFC 6901), built while descending.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    public var description: String

    public init() { description = "" }

    public func appending(_ key: String) -> JSONPointer {
        var longer = self
        longer.description += "/"
        // By scalar: "~" with a combining mark is one character, and not equal to "~".
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": longer.description += "~0"
            case "/": longer.description += "~1"
            default: longer.description.unicodeScalars.append(scalar)
            }
        }
        return longer
    }

    public func appending(_ index: Int) -> JSONPointer { appending(String(index)) }
}
