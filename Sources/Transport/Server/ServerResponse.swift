import HTTPTypes
import NIOCore
import ServiceAPI

/// What a handler answers. The server adds length or chunking, date, request id, and zstd when the client accepts it
/// and it is worth it.
public struct ServerResponse: Sendable {
    public var status: HTTPResponse.Status
    public var headers: HTTPFields
    public var body: Body

    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Written piece by piece while the client reads; never compressed, so that each piece arrives when written.
        /// An error thrown after the first byte breaks the response off, so that it cannot be taken for whole.
        case stream(@Sendable (ResponseWriter) async throws -> Void)
    }

    public init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON document.
    /// - Throws: `ProblemDetails` (500) naming the field when a number is NaN or infinite.
    public static func json<T: Encodable>(
        _ value: T, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> ServerResponse {
        var headers = headers
        headers[.contentType] = "application/json"
        return ServerResponse(status: status, headers: headers, body: .bytes(try ServiceJSON.encode(value)))
    }

    /// Plain text in UTF-8.
    public static func text(
        _ text: String, status: HTTPResponse.Status = .ok, contentType: String = "text/plain; charset=utf-8"
    ) -> ServerResponse {
        ServerResponse(status: status, headers: [.contentType: contentType], body: .bytes(Array(text.utf8)))
    }

    /// A problem document (RFC 9457) with the status that it names.
    public static func problem(_ problem: ProblemDetails, headers: HTTPFields = [:]) -> ServerResponse {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        // A document of strings and integers always encodes; were it not to, the status alone must still get out.
        let bytes = (try? ServiceJSON.encode(problem)) ?? []
        return ServerResponse(
            status: HTTPResponse.Status(code: problem.status), headers: headers, body: .bytes(bytes))
    }

    static func problem(_ response: ProblemResponse) -> ServerResponse {
        problem(response.problem, headers: response.headers)
    }
}

/// Writes a streaming response. Each call returns when the connection has room for more: a client that reads slowly
/// slows its own handler down and nobody else.
public struct ResponseWriter: Sendable {
    let sink: any ResponseSink

    /// - Throws: ``TransportError`` when the client has gone or the deadline has passed.
    public func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        try await sink.send(bytes)
    }

    public func write(_ bytes: [UInt8]) async throws { try await write(ByteBuffer(bytes: bytes)) }

    public func write(_ text: String) async throws { try await write(ByteBuffer(string: text)) }
}
