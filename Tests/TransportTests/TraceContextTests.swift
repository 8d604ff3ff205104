import HTTPTypes
import Logging
import Synchronization
import Testing
import Transport

@Suite struct TraceContextTests {
    private static let traceParent = HTTPField.Name("traceparent")!
    private static let traceState = HTTPField.Name("tracestate")!
    /// The recommendation's own example.
    private static let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func context(_ parent: String?, state: String? = nil) -> TraceContext {
        var fields = HTTPFields()
        fields[Self.traceParent] = parent
        fields[Self.traceState] = state
        return TraceContext(of: fields)
    }

    private func sent(_ context: TraceContext) -> (parent: String?, state: String?) {
        var fields = HTTPFields()
        context.add(to: &fields)
        return (fields[Self.traceParent], fields[Self.traceState])
    }

    @Test(arguments: [
        valid, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        // Later versions, with more at the end or without.
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like",
    ])
    func goesOnWithAValidOne(parent: String) {
        let context = context(parent)
        #expect(context.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.parentID == "b7ad6b7169203331")
        #expect(context.spanID != context.parentID && context.spanID.count == 16)
        let flags = parent.contains("-01") ? "01" : "00"
        #expect(sent(context).parent == "00-0af7651916cd43dd8448eb211c80319c-\(context.spanID)-\(flags)")
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", valid + "-", valid + "-x",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
        "\(valid), \(valid)",
    ])
    func beginsAnewAfterAMalformedOne(parent: String) {
        let context = context(parent, state: "vendor=1")
        #expect(context.traceID != "0af7651916cd43dd8448eb211c80319c" && context.parentID == nil)
        #expect(context.traceID.count == 32 && context.traceID != self.context(parent).traceID)
        // The state belongs to the trace that was not taken up.
        #expect(sent(context).state == nil)
    }

    @Test func handsTheStateOn() {
        #expect(
            sent(context(Self.valid, state: "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")).state
                == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
        #expect(sent(context(Self.valid, state: String(repeating: "a", count: 513))).state == nil)
        #expect(sent(context(Self.valid)).state == nil)
    }

    @Test func aChildIsWithinItsParent() {
        let parent = TraceContext.new()
        let child = parent.child()
        #expect(child.traceID == parent.traceID && child.parentID == parent.spanID && child.spanID != parent.spanID)
    }

    /// From a client's work through a server to that server's own calls and log lines.
    @Test func passesFromClientToServerAndOn() async throws {
        let log = LogRecorder()
        let seen = Mutex<TraceContext?>(nil)
        try await withServer(logger: log.logger) { request in
            seen.withLock { $0 = TraceContext.current }
            #expect(request.trace == TraceContext.current)
            return ServerResponse()
        } _: { _, address in
            try await withClient(address) { client in
                let work = TraceContext.new()
                _ = try await TraceContext.$current.withValue(work) { try await client.send(ClientRequest(path: "/x")) }
                let atServer = try #require(seen.withLock { $0 })
                #expect(atServer.traceID == work.traceID && atServer.parentID == work.spanID)
                try await eventually("the request is logged") {
                    !log.lines(at: .debug).filter { $0.hasPrefix("request finished") }.isEmpty
                }
                let line = try #require(log.lines(at: .debug).first { $0.hasPrefix("request finished") })
                for text in [work.traceID, work.spanID, atServer.spanID] { #expect(line.contains(text), "\(line)") }
                // Without work of its own a client tells of no trace, and the server begins one.
                _ = try await client.send(ClientRequest(path: "/x"))
                #expect(seen.withLock { $0 }?.parentID == nil)
            }
        }
    }

    @Test func requestsAreLoggedAtTheLevelThatIsAskedForAndProbesAreNot() async throws {
        let log = LogRecorder()
        var configuration = HTTPServerConfiguration()
        configuration.accessLogLevel = .info
        try await withServer(configuration, logger: log.logger) { _ in
            ServerResponse()
        } _: { _, address in
            try await withClient(address) { client in
                for path in ["/healthz", "/x"] { _ = try await client.send(ClientRequest(path: path)) }
                try await eventually("the request is logged") {
                    log.lines(at: .info).contains { $0.hasPrefix("request finished") }
                }
            }
        }
        let lines = log.lines(at: .info).filter { $0.hasPrefix("request finished") }
        #expect(lines.count == 1 && lines[0].contains("/x"), "\(lines)")
    }
}
