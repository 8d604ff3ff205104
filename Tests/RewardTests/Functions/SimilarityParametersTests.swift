import Reward
import ServiceAPI
import Testing

@Suite struct SimilarityParametersTests {
    @Test(
        arguments: [
            (["granularity": "letter"], "/parameters/granularity", "'letter' is not one of scalar, token, word, line"),
            (["granularity": 1], "/parameters/granularity", "is a number, and a string is needed"),
            (["autojunk": "yes"], "/parameters/autojunk", "is a string, and a boolean is needed"),
            (
                ["formatViolationReward": 1001], "/parameters/formatViolationReward",
                "1001.0 is outside -1000.0...1000.0"
            ),
            (["a/b": 1], "/parameters/a~1b", "unknown parameter; known are autojunk, "),
        ] as [([String: JSONValue], String, String)])
    func namesTheParameterAtFault(parameters: [String: JSONValue], pointer: String, message: String) {
        let error = #expect(throws: ProblemDetails.self) { try SimilarityReward(parameters: parameters) }
        #expect(error?.status == 422 && error?.pointer == pointer)
        #expect(error?.detail?.hasPrefix(message) == true, "\(String(describing: error))")
    }

    /// A default that is written out changes nothing; anything else does, and no two are alike.
    @Test func fingerprintsTellFunctionsApart() throws {
        let standard = try SimilarityReward(parameters: [:]).fingerprint
        // As published: a change of it is a change of version.
        #expect(standard == "srl.similarity@1+46293909cd2e067b")
        #expect(try SimilarityReward(parameters: ["autojunk": false, "lowercase": false]).fingerprint == standard)
        let others = try [
            ["granularity": "word"], ["granularity": "line"], ["autojunk": true], ["formatViolationReward": 0],
            ["lowercase": true], ["collapseWhitespace": true], ["stripLatex": true],
        ].map { try SimilarityReward(parameters: $0 as [String: JSONValue]).fingerprint }
        #expect(Set(others + [standard]).count == 8)
    }
}
