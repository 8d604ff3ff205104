/// Thrown by ``withDeadline(_:_:)``.
struct DeadlinePassed: Error {}

/// Runs `operation` until it ends or `deadline` passes, whichever is first; it is cancelled when the deadline passes,
/// and has to end soon after.
/// - Throws: what the operation throws; ``DeadlinePassed``.
func withDeadline<Value: Sendable>(
    _ deadline: ContinuousClock.Instant, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: operation)
        group.addTask {
            try await Task.sleep(until: deadline, clock: .continuous)
            throw DeadlinePassed()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { preconditionFailure("the group has two tasks") }
        return value
    }
}
