import HTTPTypes
import NIOCore
import ServiceAPI
import Synchronization
import Zstandard

/// A request as a handler sees it. Handlers run in a task of their own, off the event loops.
public struct ServerRequest: Sendable {
    public let head: HTTPRequest
    /// The client's `x-request-id` where it is sane, else one of ours; echoed in the response and in log lines.
    public let requestID: String
    /// When the answer is of no more use: the client's `stepwise-deadline-ms`, or the server's own maximum.
    public let deadline: ContinuousClock.Instant?
    /// The client's address, for log lines.
    public let remoteAddress: String?
    public let body: RequestBody
    /// The trace that the request belongs to: the client's, or one of its own. Also ``TraceContext/current`` while a handler runs.
    public let trace: TraceContext
    let maximumExpandedBytes: Int
    /// What the body takes of the memory for all requests' bodies; nil where nobody counts.
    private let reservation: ByteReservation?
    let notes = RequestNotes()

    package init(
        head: HTTPRequest, requestID: String, deadline: ContinuousClock.Instant?, remoteAddress: String?,
        body: RequestBody, maximumExpandedBytes: Int, trace: TraceContext = .new(),
        reservation: ByteReservation? = nil
    ) {
        self.head = head
        self.requestID = requestID
        self.deadline = deadline
        self.remoteAddress = remoteAddress
        self.body = body
        self.maximumExpandedBytes = maximumExpandedBytes
        self.reservation = reservation
        self.trace = trace
    }

    /// A request that came over no network, for tests of handlers.
    public init(
        method: HTTPRequest.Method, path: String, headers: HTTPFields = [:], body: [UInt8] = [],
        requestID: String = "test", deadline: ContinuousClock.Instant? = nil, maximumExpandedBytes: Int = 64 << 20
    ) {
        self.init(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers),
            requestID: requestID, deadline: deadline, remoteAddress: nil, body: RequestBody(body),
            maximumExpandedBytes: maximumExpandedBytes)
    }

    public var method: HTTPRequest.Method { head.method }
    public var headers: HTTPFields { head.headerFields }

    /// The path without its query, as sent (still percent-encoded).
    public var path: String {
        let target = head.path ?? "/"
        return target.firstIndex(of: "?").map { String(target[..<$0]) } ?? target
    }

    /// What follows the `?`, as sent; nil when there is none.
    public var query: String? {
        guard let target = head.path, let mark = target.firstIndex(of: "?") else { return nil }
        return String(target[target.index(after: mark)...])
    }

    /// The whole body, its content coding undone.
    /// - Throws: ``ProblemResponse``: 413 when the body as sent or once expanded exceeds its limit (the limit is
    ///   named), 415 with `Accept-Encoding` when its coding is not known, 400 when it is not what its coding says,
    ///   408 when the client stops sending, 503 when all requests' bodies together take more memory than they may. `CancellationError` when the client has gone or the deadline has passed.
    public func collectBody() async throws -> [UInt8] {
        guard let coding = ContentCoding.declared(in: headers) else {
            throw ProblemResponse(
                kind: .unsupportedEncoding,
                detail: "content-encoding '\(headers[.contentEncoding] ?? "")' is not supported; send zstd or identity",
                headers: [.acceptEncoding: ContentCoding.accepted])
        }
        do {
            var decoder = try BodyDecoder(coding: coding, limit: maximumExpandedBytes)
            for try await chunk in body {
                notes.received(chunk.readableBytes)
                try decoder.append(chunk)
                if let reservation, !reservation.grow(to: decoder.heldBytes) {
                    throw ProblemResponse.memoryShort(limit: reservation.limit)
                }
            }
            try decoder.finish()
            return decoder.bytes
        } catch let error as ZstandardError {
            throw Self.problem(for: error)
        }
    }

    private static func problem(for error: ZstandardError) -> ProblemResponse {
        switch error {
        case .expandsBeyond(let limit):
            return .contentTooLarge("the request body expands beyond \(limit) bytes, the limit once decompressed")
        case .notZstandard:
            return ProblemResponse(
                kind: .malformedEncoding, detail: "content-encoding is zstd, but the request body is not a zstd frame")
        default:
            return ProblemResponse(kind: .malformedEncoding, detail: "the zstd request body cannot be read: \(error)")
        }
    }
}

/// What is learnt of a request while it is handled, for metrics.
final class RequestNotes: Sendable {
    private let stored = Mutex<(pattern: String?, bodyBytes: Int)>((nil, 0))

    /// The route pattern that the request was matched to: paths have no bounded number of values, patterns have.
    var pattern: String? {
        get { stored.withLock { $0.pattern } }
        set { stored.withLock { $0.pattern = newValue } }
    }

    /// Bytes of the body that were read, as sent.
    var bodyBytes: Int { stored.withLock { $0.bodyBytes } }

    func received(_ bytes: Int) { stored.withLock { $0.bodyBytes += bytes } }
}
