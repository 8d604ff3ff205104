import Foundation
import ServiceAPI
import ServiceKit
import Testing

@Suite struct ErrorReportTests {
    private enum Bare: Error { case broken(code: Int) }
    private struct Described: Error, CustomStringConvertible { var description = "line 3: no such step" }

    @Test func describedErrorsAreShownAsTheyAre() {
        #expect(ErrorReport.message(for: Described()) == "line 3: no such step")
        #expect(ErrorReport.status(for: Described()) == .failure)
    }

    @Test func anErrorWithoutADescriptionIsAFaultOfTheProgram() {
        #expect(ErrorReport.message(for: Bare.broken(code: 1)).hasPrefix("internal error"))
        #expect(ErrorReport.status(for: Bare.broken(code: 1)) == .internalError)
    }

    @Test func ownErrorsChooseTheirStatus() {
        let failure = CommandFailure("the reward service does not answer", exitStatus: .unavailable)
        #expect(ErrorReport.message(for: failure) == "the reward service does not answer")
        #expect(ErrorReport.status(for: failure) == .unavailable)
        #expect(ErrorReport.status(for: ConfigurationError(source: "x", message: "y")) == .configuration)
    }

    @Test func foundationErrorsNameTheFile() {
        do {
            _ = try Data(contentsOf: URL(filePath: "/no/such/file"))
            Issue.record("the file should not exist")
        } catch {
            #expect(ErrorReport.message(for: error) == "/no/such/file: no such file")
            #expect(ErrorReport.status(for: error) == .missingInput)
        }
    }

    @Test func problemDocumentsAreOneLine() {
        let problem = ProblemDetails(kind: .invalidRequest, detail: "must not be empty", pointer: "/groups/0/id")
        #expect(ErrorReport.message(for: problem) == "422 The request is not valid: /groups/0/id: must not be empty")
        #expect(ErrorReport.status(for: problem) == .failure)
        #expect(ErrorReport.status(for: ProblemDetails(kind: .unavailable)) == .unavailable)
    }

    @Test func statusesAreDistinctAndFitAByte() {
        #expect(Set(ExitStatus.allCases.map(\.rawValue)).count == ExitStatus.allCases.count)
        #expect(ExitStatus.allCases.allSatisfy { (0...255).contains($0.rawValue) })
    }
}
