import HTTPTypes
import NIOHTTP1
import ServiceAPI

extension HTTPRequest {
    /// A request as NIO parsed it from HTTP/1.1.
    /// - Throws: ``ProblemResponse`` 400 for what the grammar allows and HTTP does not.
    init(_ head: HTTPRequestHead) throws {
        guard let method = HTTPRequest.Method(head.method.rawValue) else {
            throw ProblemResponse(
                kind: .invalidRequest, status: 400, detail: "'\(head.method.rawValue)' is not a method")
        }
        let hosts = head.headers["host"]
        // RFC 9112 section 3.2: exactly one Host in HTTP/1.1.
        guard hosts.count == 1 || (hosts.isEmpty && head.version == .http1_0) else {
            throw ProblemResponse(
                kind: .invalidRequest, status: 400,
                detail: "an HTTP/1.1 request has exactly one Host field; this has \(hosts.count)")
        }
        var fields = HTTPFields()
        for (name, value) in head.headers where name.lowercased() != "host" {
            guard let name = HTTPField.Name(name) else {
                throw ProblemResponse(
                    kind: .invalidRequest, status: 400, detail: "'\(name)' is not a header field name")
            }
            fields.append(HTTPField(name: name, value: value))
        }
        self.init(
            method: method, scheme: "http", authority: hosts.first,
            path: HTTPRequest.originForm(head.uri), headerFields: fields)
    }

    /// A proxy's absolute form ("http://host/path", RFC 9112 section 3.2.2) as origin form.
    private static func originForm(_ target: String) -> String {
        guard let scheme = ["http://", "https://"].first(where: { target.hasPrefix($0) }) else { return target }
        let rest = target.dropFirst(scheme.count)
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
    }
}

extension HTTPVersion {
    /// HTTP/1.1 and later can mark the end of a body of unknown length, and keep connections by default.
    var hasChunks: Bool { (major, minor) >= (1, 1) }
}

extension HTTPResponseHead {
    /// A response for HTTP/1.1, with the framing that its body needs.
    init(_ response: HTTPResponse, version: HTTPVersion, keepAlive: Bool, isStreaming: Bool) {
        var headers = HTTPHeaders(response.headerFields.map { ($0.name.canonicalName, $0.value) })
        if isStreaming && version.hasChunks { headers.replaceOrAdd(name: "transfer-encoding", value: "chunked") }
        if !keepAlive {
            headers.replaceOrAdd(name: "connection", value: "close")
        } else if !version.hasChunks {
            headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        self.init(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: response.status.code, reasonPhrase: response.status.reasonPhrase),
            headers: headers)
    }
}
