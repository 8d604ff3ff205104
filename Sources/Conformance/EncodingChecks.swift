import HTTPTypes
import ServiceAPI
import Transport
import Zstandard

extension ConformanceKit {
    /// A batch that is worth compressing.
    static func large(_ subject: Subject) -> [ScoreGroup] { (0..<200).map { subject.group("group \($0)") } }

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
}
