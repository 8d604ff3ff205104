import Foundation
import ServiceAPI
import Testing

/// The service's root: a page for people, a status for programs; and what the page asks for.
@Suite(.enabled(if: Curl.isInstalled, "curl and zstd are needed")) struct RewardPageTests {
    private static let browser = "-H 'accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'"

    @Test(arguments: Curl.Version.allCases)
    func browsersGetThePageAndProgramsTheStatus(version: Curl.Version) throws {
        let service = try RunningService(.reward)
        let page = try Curl.run(Self.browser, version, url: service.url + "/")
        #expect(page.status == 200 && page.contentType == "text/html; charset=utf-8")
        #expect(page.body.hasPrefix("<!doctype html>") && page.body.contains("<title>stepwise-reward"))
        for accept in ["", "-H 'accept: application/json'", "-H 'accept: */*'", "-H 'accept:'"] {
            let status = try Curl.run(accept, version, url: service.url + "/")
            #expect(status.contentType == "application/json" && status.body == #"{"status":"ok"}"#, "\(accept)")
        }
    }

    /// Nothing comes from elsewhere, and no text of a person can become an element.
    @Test func thePageIsWholeInItselfAndMakesNoHTML() throws {
        let service = try RunningService(.reward)
        let page = try Curl.run(Self.browser, url: service.url + "/").body
        for word in ["http://", "https://", "//cdn", "src=", "@import", "url("] {
            #expect(!page.contains(word), "\(word)")
        }
        for word in [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "onclick",
        ] {
            #expect(!page.contains(word), "\(word)")
        }
    }

    /// A browser has no token to show for the page, which asks the person for it.
    @Test func thePageItselfNeedsNoToken() throws {
        let folder = try TemporaryFolder()
        let tokens = try folder.write(String(repeating: "0123456789abcdef", count: 2) + "\n", to: "tokens")
        let service = try RunningService(.reward, ["--token-file", tokens])
        #expect(try Curl.run(Self.browser, url: service.url + "/").status == 200)
        #expect(try Curl.run("", url: service.url + "/v1/rewards").status == 401)
        let refused = try Curl.run(
            "-d @-", url: service.url + "/v1/explain", input: #"{"function": "f", "expert": "", "action": ""}"#)
        #expect(refused.status == 401)
    }

    @Test func explainsAPair() throws {
        let service = try RunningService(.reward)
        let answer = try Curl.run(
            "-d @-", url: service.url + "/v1/explain",
            input: #"{"function": "srl.similarity", "expert": "x = 2", "action": "x = 3"}"#)
        #expect(answer.status == 200 && answer.contentType == "application/json")
        let response = try ServiceJSON.decode(ExplainResponse.self, from: Array(answer.body.utf8))
        #expect(response.score == .scored(reward: 0.8, components: ["similarity": 0.8]))
        #expect(response.comparisons[0].action.segments == [.init(.match, "x = ", block: 0), .init(.difference, "3")])
        let line = try Executable.reward.run(["explain", "x = 3", "x = 2", "--json"]).output
        #expect(try ServiceJSON.decode(ExplainResponse.self, from: Array(line.utf8)) == response)
    }

    @Test func refusesWhatItCannotExplain() throws {
        let service = try RunningService(.reward)
        func problem(_ message: String) throws -> ProblemDetails {
            let answer = try Curl.run("-d @-", url: service.url + "/v1/explain", input: message)
            #expect(answer.contentType == "application/problem+json")
            return try ServiceJSON.decode(ProblemDetails.self, from: Array(answer.body.utf8))
        }
        #expect(try problem(#"{"function": "f", "expert": "x", "action": "y"}"#).pointer == "/function")
        #expect(
            try problem(#"{"function": "srl.similarity", "expert": "x", "action": "y", "parameters": {"a": 1}}"#)
                .pointer
                == "/parameters/a")
        #expect(try problem(#"{"function": "srl.similarity", "expert": "x"}"#).status == 422)
    }
}
