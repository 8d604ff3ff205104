import HTTPTypes
import ServiceAPI
import Transport
import Zstandard

extension ConformanceKit {
    /// A batch that is worth compressing.
    private static func large(_ subject: Subject) -> [ScoreGroup] { (0..<200).map { subject.group("group \($0)") } }

    /// Zstd and identity, both ways, and nothing else.
    static let encodingChecks = [
        Check(.encoding, "a zstd request is a request") { subject in
            let groups = large(subject)
            let plain = try await subject.score(groups)
            let packed = try await subject.score(groups, headers: [.contentEncoding: "zstd"]) {
                try Zstandard.compress($0, level: 3)
            }
            try expect(packed == plain, "it is answered otherwise than the same bytes without compression")
        },
        Check(.encoding, "an answer is compressed only for who accepts zstd") { subject in
            let body = try ServiceJSON.encode(subject.request(large(subject)))
            for accepted in ["identity", "gzip", "zstd;q=0"] {
                let answer = try await subject.post(body, headers: [.acceptEncoding: accepted])
                let coding = answer.headers[.contentEncoding] ?? "identity"
                try expect(coding == "identity", "with accept-encoding: \(accepted) the answer is \(coding)")
            }
        },
        Check(.encoding, "a zstd answer is the answer") { subject in
            let groups = large(subject)
            let body = try ServiceJSON.encode(subject.request(groups))
            let plain = try await subject.post(body, headers: [.acceptEncoding: "identity"])
            let packed = try await subject.post(body, headers: [.acceptEncoding: "zstd, identity;q=0.5"])
            let coding = packed.headers[.contentEncoding] ?? "identity"
            try expect(["identity", "zstd"].contains(coding), "with accept-encoding: zstd the answer is \(coding)")
            try expect(
                try Subject.response(plain, to: groups) == Subject.response(packed, to: groups), "the two differ")
        },
        Check(.encoding, "gzip is refused with 415, and what is taken is named") { subject in
            let answer = try await subject.post([0x1f, 0x8b, 8, 0], headers: [.contentEncoding: "gzip"])
            try answer.problem(status: 415)
            let accepted = answer.headers[.acceptEncoding] ?? ""
            try expect(
                accepted.contains("zstd"), "accept-encoding of the answer is '\(accepted)', and does not name zstd")
        },
        Check(.encoding, "a body that is not the zstd it claims to be is refused with 400") { subject in
            try await subject.refused("{}", status: 400, headers: [.contentEncoding: "zstd"])
            let whole = try Zstandard.compress(try ServiceJSON.encode(subject.request([subject.group("g")])), level: 3)
            try await subject.post(Array(whole.dropLast(5)), headers: [.contentEncoding: "zstd"]).problem(status: 400)
        },
    ]

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
