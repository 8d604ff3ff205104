import Testing

/// Trains and expects a refusal: one message, its status, and no run folder.
func expectRefusal(
    _ training: SmallTraining, status: Int32, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let outcome = try training.train("run")
    #expect(outcome.status == status, sourceLocation: sourceLocation)
    #expect(outcome.output == "", sourceLocation: sourceLocation)
    #expect(outcome.error.hasPrefix("error: \(message)"), "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.error.count { $0 == "\n" } == 1, "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(!training.exists("run"), "a run folder was made", sourceLocation: sourceLocation)
}
