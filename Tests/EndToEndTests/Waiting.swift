import Foundation

/// Polls until something holds, for `seconds` at most: what another process does has no event of its own here.
///
/// - Returns: whether it came to hold.
func eventually(within seconds: Double = 60, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
        if try condition() { return true }
        usleep(10_000)
    }
    return try condition()
}

/// The same for tests that serve something meanwhile: it leaves the threads of the concurrency pool alone.
func soon(within seconds: Double = 60, _ condition: () throws -> Bool) async throws -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
        if try condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return try condition()
}

/// Where the checkout is, for tests that run its scripts.
enum Checkout {
    static let url = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
