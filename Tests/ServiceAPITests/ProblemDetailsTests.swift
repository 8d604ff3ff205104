import ServiceAPI
import Testing

@Suite struct ProblemDetailsTests {
    @Test(arguments: ProblemDetails.Kind.allCases)
    func kindGivesTypeTitleAndStatus(kind: ProblemDetails.Kind) {
        let problem = ProblemDetails(kind: kind)
        #expect(problem.type == "urn:stepwise:problem:" + kind.rawValue)
        #expect(problem.title == kind.title)
        #expect(problem.status == kind.status)
        #expect((400...599).contains(problem.status))
        #expect(kind.rawValue.allSatisfy { $0.isLowercase || $0 == "-" })
    }

    @Test func statusCanBeAnother() {
        #expect(ProblemDetails(kind: .contentTooLarge, status: 431).status == 431)
    }

    @Test(arguments: [
        (ProblemDetails(kind: .notFound), "404 There is nothing here"),
        (
            ProblemDetails(kind: .invalidRequest, detail: "must not be empty", pointer: "/groups/0/id"),
            "422 The request is not valid: /groups/0/id: must not be empty"
        ),
        (
            ProblemDetails(kind: .invalidRequest, detail: "is not an object", pointer: ""),
            "422 The request is not valid: the whole body: is not an object"
        ),
        (
            ProblemDetails(kind: .unavailable, detail: "shutting down", instance: "id-1"),
            "503 The service cannot take this now: shutting down"
        ),
    ])
    func describesItselfInALine(problem: ProblemDetails, line: String) {
        #expect(problem.description == line)
    }

    @Test func leavesOutWhatIsNotKnown() throws {
        #expect(
            String(decoding: try ServiceJSON.encode(ProblemDetails(kind: .conflict)), as: UTF8.self)
                == #"{"status":409,"title":"The state does not allow this","type":"urn:stepwise:problem:conflict"}"#)
    }

    /// RFC 9457 section 3.2: members that are not known are to be ignored.
    @Test func takesMembersThatItDoesNotKnow() throws {
        let text = #"{"type":"about:blank","title":"Bad Gateway","status":502,"trace":[1]}"#
        let problem = try ServiceJSON.decode(ProblemDetails.self, from: Array(text.utf8))
        #expect(problem.description == "502 Bad Gateway")
    }

    /// RFC 6901 section 3, on code points.
    @Test func pointersEscape() {
        let pointer = JSONPointer().appending("a/b").appending("m~n").appending("").appending(3).appending("~1")
        #expect(pointer.description == "/a~1b/m~0n//3/~01")
        #expect(JSONPointer().description == "")
        #expect(
            JSONPointer().appending("~\u{301}/\u{301}").description.unicodeScalars
                .elementsEqual("/~0\u{301}~1\u{301}".unicodeScalars))
    }
}
