import Foundation
import Testing

/// A request as the client code of another project sent it: Tests/Fixtures/dialects, made by Tests/Fixtures/record_dialects.py.
struct Recording {
    let path: String
    let headers: [String]
    var body: String

    init(_ name: String) throws {
        let file = Checkout.url.appending(path: "Tests/Fixtures/dialects/\(name).http")
        let text = try String(contentsOf: file, encoding: .utf8)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = try #require(parts.first).split(separator: "\r\n")
        path = String(try #require(lines.first).split(separator: " ")[1])
        // These two follow from where and what curl sends.
        headers = lines.dropFirst().map(String.init).filter {
            !$0.lowercased().hasPrefix("host:") && !$0.lowercased().hasPrefix("content-length:")
        }
        body = parts.count > 1 ? String(parts[1]) : ""
    }

    /// The answer of a service, and the header fields of it.
    func send(
        to service: RunningService, _ version: Curl.Version = .http1, path: String? = nil
    ) throws -> (answer: Curl.Answer, fields: [String: String]) {
        try send(toURL: service.url, version, path: path)
    }

    func send(
        toURL url: String, _ version: Curl.Version = .http1, path: String? = nil
    ) throws -> (answer: Curl.Answer, fields: [String: String]) {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "fields").path
        let fields = headers.filter { version == .http1 || !$0.lowercased().hasPrefix("connection:") }
        let arguments = fields.map { "-H '\($0)'" } + ["-D '\(file)'"] + (body.isEmpty ? [] : ["--data-binary @-"])
        let answer = try Curl.run(
            arguments.joined(separator: " "), version, url: url + (path ?? self.path), input: body)
        var found: [String: String] = [:]
        for line in try String(contentsOfFile: file, encoding: .utf8).split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { found[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return (answer, found)
    }

    func replacing(_ text: String, with other: String) throws -> Recording {
        try #require(body.contains(text), "\(text) is not in \(body)")
        var changed = self
        changed.body = body.replacing(text, with: other)
        return changed
    }
}
