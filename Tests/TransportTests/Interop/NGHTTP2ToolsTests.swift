import Foundation
import Testing
import Transport

/// nghttp and h2load, the tools of the nghttp2 project, against our server.
@Suite struct InteropNGHTTP2ToolsTests {
    @Test func nghttpReadsAndWrites() async throws {
        guard let nghttp = ExternalTool("nghttp") else { return }
        let folder = try TemporaryFolder()
        let text = String(repeating: "0123456789", count: 100_000)
        let path = try folder.file("body", Array(text.utf8))
        try await withServer(handler: Handlers.echo) { _, address in
            let url = "http://127.0.0.1:\(address.port)"
            // Its window is set small, so that our body has to wait for it again and again.
            let echoed = try await nghttp.run(["-t", "20", "-w", "10", "-W", "10", "-d", path, url])
            #expect(echoed.status == 0)
            #expect(echoed.text == text)

            let verbose = try await nghttp.run(["-n", "-v", "-t", "20", url + "/1", url + "/2"])
            #expect(verbose.text.components(of: ":status: 200") == 2)
            #expect(verbose.text.contains("SETTINGS_MAX_CONCURRENT_STREAMS"))
            #expect(verbose.text.contains("SETTINGS_NO_RFC7540_PRIORITIES") || verbose.text.contains("0x09"))
        }
    }

    @Test func h2loadSucceedsWithEveryRequest() async throws {
        guard let h2load = ExternalTool("h2load") else { return }
        try await withServer(handler: Handlers.echo) { server, address in
            let output = try await h2load.run([
                "-n", "3000", "-c", "5", "-m", "20", "http://127.0.0.1:\(address.port)/",
            ])
            #expect(output.text.contains("3000 total, 3000 started, 3000 done, 3000 succeeded, 0 failed, 0 errored"))
            #expect(output.text.contains("status codes: 3000 2xx, 0 3xx, 0 4xx, 0 5xx"))
            try await eventually("connections close") { server.openConnections == 0 }
            #expect(server.runningRequests == 0)
        }
    }

    @Test func h2loadUploads() async throws {
        guard let h2load = ExternalTool("h2load") else { return }
        let folder = try TemporaryFolder()
        let path = try folder.file("body", [UInt8](repeating: 66, count: 300_000))
        try await withServer(handler: Handlers.echo) { _, address in
            let url = "http://127.0.0.1:\(address.port)/"
            let output = try await h2load.run(["-n", "200", "-c", "2", "-m", "10", "-d", path, url])
            #expect(output.text.contains("200 succeeded, 0 failed"), "\(output.text)")
        }
    }

    @Test func h2loadSpeaksHTTP1() async throws {
        guard let h2load = ExternalTool("h2load") else { return }
        try await withServer(handler: Handlers.echo) { _, address in
            let output = try await h2load.run(["--h1", "-n", "500", "-c", "4", "http://127.0.0.1:\(address.port)/"])
            #expect(output.text.contains("500 succeeded, 0 failed"), "\(output.text)")
        }
    }

    @Test func drainingFinishesWhatIsUnderWay() async throws {
        guard let h2load = ExternalTool("h2load") else { return }
        let gate = Gate()
        let started = Counter()
        let handler: RequestHandler = { _ in
            started.add()
            try await gate.pass()
            return .text("done")
        }
        let server = HTTPServer(configuration: .init(), logger: .silent, handler: handler)
        let address = try await server.start()
        async let load = h2load.run(["-n", "60", "-c", "2", "-m", "30", "http://127.0.0.1:\(address.port)/"])
        try await eventually("60 requests are under way") { started.value == 60 }
        async let stopped: Void = server.shutdown()
        try await Task.sleep(for: .milliseconds(150))
        gate.open()
        await stopped
        let output = try await load
        #expect(output.text.contains("60 done, 60 succeeded, 0 failed"), "\(output.text)")
        #expect(server.openConnections == 0)
    }
}
