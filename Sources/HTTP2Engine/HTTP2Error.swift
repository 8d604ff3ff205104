/// What a session throws. Anything that the peer did wrong inside HTTP/2 is an event instead
/// (``SessionEvent/violation(_:)``, ``SessionEvent/closed(stream:_:)``): it has an answer on the wire.
public enum HTTP2Error: Error, Hashable, Sendable, CustomStringConvertible {
    /// The installed libnghttp2 lacks something that the engine relies on.
    case unsupportedLibrary(String)
    /// A limit is outside its range.
    case invalidLimit(name: String, value: Int, range: ClosedRange<Int>)
    /// The first bytes from the peer are not HTTP/2.
    case notHTTP2(received: String)
    /// A second final response for a stream.
    case alreadyResponded(stream: Int32)
    /// Body or trailers before the head of the response.
    case notResponded(stream: Int32)
    /// Body or trailers after the end of the message.
    case alreadyEnded(stream: Int32)
    /// No new request may start on this connection: a GOAWAY was sent or received, or the stream ids are used up.
    case goingAway
    /// libnghttp2 refused an operation.
    case library(operation: String, code: Int, message: String)

    public var description: String {
        switch self {
        case .unsupportedLibrary(let what):
            "libnghttp2 cannot be used: \(what). Install libnghttp2-dev 1.52.0-1+deb12u3 or later."
        case .invalidLimit(let name, let value, let range):
            "HTTP/2 limit \(name) is \(value); it must be in \(range.lowerBound)...\(range.upperBound)."
        case .notHTTP2(let received):
            Self.describePreface(received)
        case .alreadyResponded(let stream):
            "HTTP/2 stream \(stream) already has its response; a response can be sent once."
        case .notResponded(let stream):
            "HTTP/2 stream \(stream) has no response head yet; send the head before body or trailers."
        case .alreadyEnded(let stream):
            "HTTP/2 stream \(stream) was already ended by us; nothing can be sent after the end."
        case .goingAway:
            "The HTTP/2 connection takes no new requests (GOAWAY, or stream ids used up); open a new connection."
        case .library(let operation, let code, let message):
            "libnghttp2 failed in \(operation): \(message) (\(code))."
        }
    }

    /// A label of bounded cardinality, for metrics.
    public var shortDescription: String {
        switch self {
        case .unsupportedLibrary: "unsupportedLibrary"
        case .invalidLimit: "invalidLimit"
        case .notHTTP2: "notHTTP2"
        case .alreadyResponded: "alreadyResponded"
        case .notResponded: "notResponded"
        case .alreadyEnded: "alreadyEnded"
        case .goingAway: "goingAway"
        case .library: "library"
        }
    }

    private static func describePreface(_ received: String) -> String {
        let got = "The peer does not speak HTTP/2: it sent \"\(received)\""
        if received.hasPrefix("HTTP/1") {
            return got + ", an HTTP/1 response. Check that the URL names an HTTP/2 server."
        }
        if received.hasPrefix("\\x16\\x03") || received.hasPrefix("\\x15\\x03") {
            return got + ", a TLS record, to a port without TLS. Use http:// or a TLS port."
        }
        if received.contains("HTTP/") || received.allSatisfy({ $0.isASCII && !$0.isNewline && $0 != "\\" }) {
            return got + " where the connection preface (PRI * HTTP/2.0) belongs."
                + " If it is an HTTP/1 client, let it use HTTP/2 with prior knowledge."
        }
        return got + " where the connection preface (PRI * HTTP/2.0) belongs."
    }
}
