import HTTPTypes
import ServiceAPI
import Transport

extension ConformanceKit {
    /// That a connection carries what a trainer puts on it. All other checks go over HTTP/2 as well.
    static let connectionChecks = [
        Check(.http2, "32 calls at once on one connection, each with its own answer") { subject in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        _ = try await subject.score((0...number).map { subject.group("call \(number) group \($0)") })
                    }
                }
                try await group.waitForAll()
            }
        },
        Check(.http2, "a request and an answer larger than the windows (1 MB)") { subject in
            let actions = (0..<1_000).map { "\($0) " + String(repeating: "x", count: 1_000) }
            _ = try await subject.score([subject.group("large", expert: "2", actions)])
        },
        Check(.http2, "a call that is cancelled leaves the others alone") { subject in
            for _ in 0..<8 {
                let cancelled = Task { try await subject.score((0..<200).map { subject.group("\($0)") }) }
                let other = Task { try await subject.score([subject.group("other")]) }
                try await Task.sleep(for: .milliseconds(2))
                cancelled.cancel()
                _ = await cancelled.result
                _ = try await other.value
            }
        },
        Check(.http2, "x-request-id comes back") { subject in
            let id = "conformance-7.of:9"
            let body = try ServiceJSON.encode(subject.request([]))
            let answer = try await subject.post(body, headers: [.requestID: id])
            try expect(
                answer.headers[.requestID] == id,
                "sent \(id), got \(answer.headers[.requestID] ?? "none")")
            let problem = try await subject.post([], headers: [.requestID: id]).problem(status: 400)
            let instance = problem.instance ?? id
            try expect(instance == id, "the problem's instance is \(instance)")
        },
        Check(.http2, "what a later version of HTTP/2 may send is let pass") { subject in
            try await RawProbe(url: subject.url, timeout: subject.timeout, client: subject.client).run()
        },
    ]
}
