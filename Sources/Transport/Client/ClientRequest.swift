import HTTPTypes
import NIOCore

/// A request to whichever of the client's servers.
public struct ClientRequest: Sendable {
    public var method: HTTPRequest.Method
    /// Path and query; appended to the path of the server's URL.
    public var path: String
    public var headers: HTTPFields
    /// Not compressed; the client does that.
    public var body: [UInt8]
    /// Whether doing it twice is as good as once, so that it may be retried after it may have reached a server.
    public var isIdempotent: Bool
    /// How long the call may take; the client's configured deadline when nil.
    public var deadline: Duration?

    /// - Parameter isIdempotent: what the method says (RFC 9110 section 9.2.2) when nil: not for POST and PATCH.
    public init(
        method: HTTPRequest.Method = .get, path: String, headers: HTTPFields = [:], body: [UInt8] = [],
        isIdempotent: Bool? = nil, deadline: Duration? = nil
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.isIdempotent = isIdempotent ?? [.get, .head, .put, .delete, .options, .trace].contains(method)
        self.deadline = deadline
    }
}

/// A whole answer, its content coding undone. Any status is an answer; ``HTTPClient/get(_:as:)`` and its sisters turn
/// those that are no success into errors.
public struct ClientResponse: Sendable {
    public let status: HTTPResponse.Status
    public let headers: HTTPFields
    public let body: [UInt8]
    /// The server that answered.
    public let server: String
    /// How many attempts it took.
    public let attempts: Int

    /// The body as text, invalid UTF-8 replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
