import HTTPTypes
import ServiceKit
import Testing
import Transport

@Suite struct HTMLPageTests {
    private let page = HTMLPage(title: "t", style: "p { color: red; }", script: "f();", body: "<p>x</p>")

    @Test func itsPolicyLetsItsOwnPartsThroughAndNothingElse() throws {
        let response = page.response()
        let policy = try #require(response.headers[.init("content-security-policy")!])
        let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-f]{32})'/)).1
        guard case .bytes(let bytes) = response.body else {
            Issue.record("the page has no bytes")
            return
        }
        let html = String(decoding: bytes, as: UTF8.self)
        #expect(html.contains("<script nonce=\"\(nonce)\">\nf();") && html.contains("<style nonce=\"\(nonce)\">"))
        #expect(policy.hasPrefix("default-src 'none'; "))
        for word in ["unsafe-inline", "unsafe-eval", "http", "*"] { #expect(!policy.contains(word), "\(policy)") }
        #expect(policy.contains("frame-ancestors 'none'") && policy.contains("require-trusted-types-for 'script'"))
        #expect(response.headers[.contentType] == "text/html; charset=utf-8")
        #expect(response.headers[.cacheControl] == "no-store" && response.headers[.xContentTypeOptions] == "nosniff")
    }

    @Test func noNumberIsUsedTwice() {
        let policies = (0..<3).map { _ in page.response().headers[.init("content-security-policy")!] }
        #expect(Set(policies).count == 3)
    }
}
