import HTTPTypes
import ServiceAPI

extension HTTPField.Name {
    /// The request's id, for log lines on both sides.
    public static let requestID = Self("x-request-id")!
    /// How many milliseconds the client still waits for the answer, from when it sent the request. A span, not a
    /// time of day, so that clocks need not agree.
    public static let deadlineMilliseconds = Self("stepwise-deadline-ms")!
}

/// How long a request may take.
package struct Budget: Sendable {
    /// Until the answer begins.
    package let total: Duration
    /// What the client asked for, if it did; a streaming answer is bounded by this alone.
    package let clients: Duration?
}

/// Reads the header fields by which a client steers how the server treats its request.
package enum RequestSteering {
    /// The client's request id, where it is sane: 1 to 128 printable ASCII characters without spaces or quotes, so
    /// that it cannot forge log lines.
    package static func requestID(in fields: HTTPFields) -> String {
        if let id = fields[.requestID], (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        {
            return id
        }
        var generator = SystemRandomNumberGenerator()
        return hexadecimal(generator.next()) + hexadecimal(generator.next())
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// How long the request may take: the lesser of the client's deadline and the server's maximum.
    /// - Throws: ``ProblemResponse`` 400 when the header field is not a whole number of milliseconds above 0.
    package static func budget(in fields: HTTPFields, maximum: Duration) throws -> Budget {
        guard let text = fields[.deadlineMilliseconds] else { return Budget(total: maximum, clients: nil) }
        guard let milliseconds = Int64(text), milliseconds > 0 else {
            throw ProblemResponse(
                kind: .invalidRequest, status: 400,
                detail: "header field stepwise-deadline-ms is '\(text)'; it must be a whole number of milliseconds > 0")
        }
        let asked = Duration.milliseconds(min(milliseconds, 1_000_000_000_000))
        return Budget(total: min(asked, maximum), clients: asked)
    }
}
