import Foundation
import HTTPTypes
import NIOCore
import Zstandard

/// A response with its final header fields, the same for both protocols; framing is the connection's.
struct RenderedResponse {
    let head: HTTPResponse
    /// The whole body; nil when there is none, or when it is streamed.
    let body: ByteBuffer?
    /// Writes the body, for a streaming response.
    let stream: (@Sendable (ResponseWriter) async throws -> Void)?
}

/// Adds to a handler's response what every response has: date, request id, length, and zstd when it is accepted and
/// worth it.
enum ResponseRenderer {
    static func render(
        _ response: ServerResponse, to request: HTTPRequest, requestID: String, minimumCompressedBytes: Int
    ) -> RenderedResponse {
        var fields = response.headers
        fields[.requestID] = requestID
        if fields[.date] == nil { fields[.date] = HTTPDate.text(secondsSinceEpoch: Int(Date().timeIntervalSince1970)) }

        let isHead = request.method == .head
        // RFC 9110 section 6.4.1: these statuses have no content, and 204 no length either.
        let mayHaveBody = response.status.kind != .informational && ![204, 304].contains(response.status.code)
        switch response.body {
        case _ where !mayHaveBody:
            return RenderedResponse(head: head(response.status, fields), body: nil, stream: nil)
        case .none:
            fields[.contentLength] = "0"
            return RenderedResponse(head: head(response.status, fields), body: nil, stream: nil)
        case .stream(let write):
            fields[.contentLength] = nil
            return RenderedResponse(head: head(response.status, fields), body: nil, stream: isHead ? nil : write)
        case .bytes(var bytes):
            compress(&bytes, &fields, accepted: request.headerFields, minimum: minimumCompressedBytes)
            fields[.contentLength] = String(bytes.count)
            return RenderedResponse(
                head: head(response.status, fields), body: isHead || bytes.isEmpty ? nil : ByteBuffer(bytes: bytes),
                stream: nil)
        }
    }

    private static func compress(
        _ bytes: inout [UInt8], _ fields: inout HTTPFields, accepted: HTTPFields, minimum: Int
    ) {
        guard bytes.count >= minimum, fields[.contentEncoding] == nil else { return }
        // A cache must not hand the compressed form to a client that did not ask for it.
        fields[.vary] = fields[.vary].map { $0 + ", accept-encoding" } ?? "accept-encoding"
        // Compression is a courtesy: where it fails or does not help, the body goes out as it is.
        guard ContentCoding.negotiated(by: accepted) == .zstd, let smaller = try? Zstandard.compress(bytes, level: 3),
            smaller.count < bytes.count
        else { return }
        bytes = smaller
        fields[.contentEncoding] = ContentCoding.zstd.rawValue
    }

    private static func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) -> HTTPResponse {
        HTTPResponse(status: status, headerFields: fields)
    }
}
