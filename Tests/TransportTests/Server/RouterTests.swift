import HTTPTypes
import ServiceAPI
import Testing
import Transport

/// Paths, dates and header fields.
@Suite struct RouterTests {
    private static func answer(_ router: Router, _ method: HTTPRequest.Method, _ path: String) async throws -> String {
        let response = try await router(ServerRequest(method: method, path: path))
        guard case .bytes(let bytes) = response.body else { return "\(response.status.code)" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static var router: Router {
        var router = Router()
        router.on(.get, "/jobs") { _ in .text("list") }
        router.on(.post, "/jobs") { _ in .text("create") }
        router.on(.get, "/jobs/{id}") { _, parameters in .text("job \(parameters["id"] ?? "")") }
        router.on(.get, "/jobs/latest") { _ in .text("latest") }
        router.on(.get, "/jobs/{id}/result") { _, parameters in .text("result \(parameters["id"] ?? "")") }
        return router
    }

    @Test(arguments: [
        ("/jobs", "list"), ("/jobs?limit=2", "list"), ("/jobs/7", "job 7"), ("/jobs/a%20b", "job a b"),
        ("/jobs/latest", "latest"), ("/jobs/7/result", "result 7"), ("/jobs/%C3%A9", "job é"),
    ])
    func matches(_ path: String, _ answer: String) async throws {
        #expect(try await Self.answer(Self.router, .get, path) == answer)
    }

    @Test(arguments: ["/", "/job", "/jobs/", "/jobs//result", "/jobs/7/", "/jobs/7/results", "/jobs/%zz", "/jobs/%ff"])
    func finds404(_ path: String) async throws {
        let problem = await #expect(throws: ProblemResponse.self) { try await Self.answer(Self.router, .get, path) }
        #expect(problem?.problem.status == 404)
    }

    @Test func knowsWhatIsAllowed() async throws {
        let problem = await #expect(throws: ProblemResponse.self) {
            try await Self.answer(Self.router, .delete, "/jobs")
        }
        #expect(problem?.problem.status == 405)
        #expect(problem?.headers[.allow] == "GET, HEAD, OPTIONS, POST")
        let options = try await Self.router(ServerRequest(method: .options, path: "/jobs"))
        #expect(options.status == .noContent)
        #expect(options.headers[.allow] == "GET, HEAD, OPTIONS, POST")
        #expect(try await Self.answer(Self.router, .head, "/jobs") == "list")
    }

    @Test func datesAreIMFFixdates() {
        #expect(HTTPDate.text(secondsSinceEpoch: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(secondsSinceEpoch: 0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(secondsSinceEpoch: 951_782_400) == "Tue, 29 Feb 2000 00:00:00 GMT")
        for seconds in stride(from: 0, through: 8_000_000_000, by: 77_777_777) {
            #expect(HTTPDate.secondsSinceEpoch(HTTPDate.text(secondsSinceEpoch: seconds)) == seconds)
        }
        for text in ["", "tomorrow", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:00:00 GMT", "1 2 3 4 5 6"] {
            #expect(HTTPDate.secondsSinceEpoch(text) == nil)
        }
    }

    @Test func requestIDsAreSane() {
        #expect(RequestSteering.requestID(in: [.requestID: "abc-123"]) == "abc-123")
        for bad in ["", "two words", "quote\"", String(repeating: "x", count: 129)] {
            let id = RequestSteering.requestID(in: [.requestID: bad])
            #expect(id != bad && id.count == 32)
        }
        #expect(RequestSteering.requestID(in: [:]) != RequestSteering.requestID(in: [:]))
    }

    @Test func deadlinesAreTheLesser() throws {
        func budget(_ text: String) throws -> Budget {
            try RequestSteering.budget(in: [.deadlineMilliseconds: text], maximum: .seconds(10))
        }
        #expect(try budget("500").total == .milliseconds(500))
        #expect(try budget("20000").total == .seconds(10))
        #expect(try budget("20000").clients == .seconds(20))
        #expect(try RequestSteering.budget(in: [:], maximum: .seconds(10)).clients == nil)
        for bad in ["", "0", "-5", "1.5", "9223372036854775808"] {
            #expect(throws: ProblemResponse.self) { try budget(bad) }
        }
        #expect(try budget("9223372036854775807").total == .seconds(10))
    }

    @Test func thePrefaceIsRecognisedByteForByte() {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        for count in 0..<preface.count { #expect(PrefaceMatcher.verdict(preface.prefix(count)) == .undecided) }
        #expect(PrefaceMatcher.verdict(preface) == .http2)
        #expect(PrefaceMatcher.verdict(preface + [0]) == .http2)
        #expect(PrefaceMatcher.verdict(Array("P".utf8)) == .undecided)
        #expect(PrefaceMatcher.verdict(Array("POST".utf8)) == .http1)
        #expect(PrefaceMatcher.verdict(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX".utf8)) == .http1)
    }

    @Test func connectionsAreCounted() {
        var state = ConnectionRegistryState<Int>(limit: 2)
        #expect(state.add(1) == .accepted)
        #expect(state.add(2) == .accepted)
        #expect(state.add(3) == .refused)
        #expect(state.remove(1) == false)
        let isEmpty = state.drain()
        #expect(!isEmpty)
        #expect(state.add(4) == .acceptedDraining)
        #expect(state.remove(2) == false)
        #expect(state.remove(3) == false)
        #expect(state.remove(4) == true)
    }
}
