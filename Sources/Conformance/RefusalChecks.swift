import HTTPTypes
import ServiceAPI
import Transport
import Zstandard

extension ConformanceKit {
    /// That a server says no where it should, and how.
    static let refusalChecks = [
        Check(.refusals, "what is not JSON: 400") { subject in
            for body in ["", "{\"function\":", "{} {}", "{'function': 1}"] {
                try await subject.refused(body, status: 400)
            }
        },
        Check(.refusals, "a key of the wrong type: 422 and its place") { subject in
            try await subject.refused(
                subject.text(#"[{"id": "g", "expert": "x", "actions": ["a", 3]}]"#), status: 422,
                pointer: "/groups/0/actions/1")
            try await subject.refused(
                subject.text(#"[{"id": "g", "expert": 7, "actions": ["a"]}]"#), status: 422, pointer: "/groups/0/expert"
            )
            try await subject.refused(subject.text("{}"), status: 422, pointer: "/groups")
        },
        Check(.refusals, "a key that is missing: 422 at what lacks it") { subject in
            try await subject.refused("{\"groups\": []}", status: 422, pointer: "")
            try await subject.refused(subject.text(#"[{"id": "g", "actions": []}]"#), status: 422, pointer: "/groups/0")
        },
        Check(.refusals, "an unknown key: 422 and its place") { subject in
            try await subject.refused(subject.text("[]", more: "\"grops\": 1, "), status: 422, pointer: "/grops")
            try await subject.refused(
                subject.text(#"[{"id": "g", "expert": "x", "actions": [], "x": 1}]"#), status: 422,
                pointer: "/groups/0/x")
        },
        Check(.refusals, "both or none of actions and completions: 422") { subject in
            for members in ["", #", "actions": [], "completions": []"#] {
                try await subject.refused(subject.text(#"[{"id": "g", "expert": "x"\#(members)}]"#), status: 422)
            }
        },
        Check(.refusals, "two groups of one id: 422") { subject in
            let group = #"{"id": "g", "expert": "x", "actions": []}"#
            try await subject.refused(subject.text("[\(group), \(group)]"), status: 422)
        },
        Check(.refusals, "a function or parameter that is not there: 422") { subject in
            try await subject.refused(
                subject.text("[]", function: "no such function"), status: 422, pointer: "/function")
            var parameters = subject.parameters
            parameters["noSuchParameter"] = 1
            let body = try ServiceJSON.encode(subject.request([], parameters: parameters))
            try await subject.post(body).problem(status: 422, pointer: "/parameters/noSuchParameter")
        },
        Check(.refusals, "another path: 404; another method: 405 and allow") { subject in
            let elsewhere = try await subject.client.send(ClientRequest(path: "/v1/no-such-path"))
            try elsewhere.problem(status: 404)
            let got = try await subject.client.send(ClientRequest(path: ServicePath.score))
            try got.problem(status: 405)
            let allowed = got.headers[.allow] ?? ""
            try expect(allowed.contains("POST"), "allow is '\(allowed)', and does not name POST")
        },
    ]

    /// That nobody can make a server do more than it should.
    static let limitChecks = [
        Check(.limits, "a zstd bomb is refused with 413") { subject in
            // Half a GiB in some 20 KB: more than the body of any batch.
            let compressor = try ZstandardCompressor()
            let zeros = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
            var bomb: [UInt8] = []
            for _ in 0..<512 { bomb += try compressor.append(zeros) }
            bomb += try compressor.finish()
            try await subject.post(bomb, headers: [.contentEncoding: "zstd"]).problem(status: 413)
            _ = try await subject.score([subject.group("afterwards")])
        },
        Check(.limits, "with a deadline of 1 ms: an answer, or 504") { subject in
            let body = try ServiceJSON.encode(subject.request(large(subject)))
            let answer = try await subject.post(body, headers: [.deadlineMilliseconds: "1"])
            if answer.status.code != 200 { try answer.problem(status: 504) }
        },
    ]
}
