import HTTPTypes
import NIOHTTP1
import ServiceAPI

/// What to tell a client whose bytes are not HTTP/1.1.
enum HTTP1Fault {
    static func problem(for error: HTTPParserError) -> ProblemResponse {
        switch error {
        case .headerOverflow:
            return ProblemResponse(
                kind: .contentTooLarge, status: 431, detail: "the request header is larger than this server takes")
        case .invalidChunkSize:
            return ProblemResponse(
                kind: .invalidRequest, status: 400, detail: "the request body has a malformed chunk size")
        case .unexpectedContentLength, .invalidContentLength:
            return ProblemResponse(
                kind: .invalidRequest, status: 400,
                detail: "the request's content-length is invalid or contradicts its framing")
        case .invalidMethod:
            return ProblemResponse(
                kind: .invalidRequest, status: 400,
                detail: "the request does not begin with an HTTP method (is the client using TLS on a plain port?)")
        case .invalidVersion:
            return ProblemResponse(
                kind: .invalidRequest, status: 505, detail: "only HTTP/1.0, HTTP/1.1 and HTTP/2 are spoken here")
        default:
            return ProblemResponse(
                kind: .invalidRequest, status: 400, detail: "the request is not valid HTTP/1.1: \(error)")
        }
    }
}
