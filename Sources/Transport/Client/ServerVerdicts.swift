/// What one call has met at its servers, so that it neither waits for a certificate to get better nor gives up on one that may be back.
struct ServerVerdicts {
    private var distrusted: [ServerURL: AttemptFailure] = [:]
    private var hopeful: Set<ServerURL> = []

    /// Takes note of a failure.
    ///
    /// - Returns: what it comes to: that nobody listens at one address of a name says nothing once another one has shown a certificate that is
    ///   not believed (`localhost` has two, and a server often one of them).
    mutating func note(_ failure: AttemptFailure, of server: ServerURL) -> AttemptFailure {
        if failure.code == .tlsFailed {
            distrusted[server] = failure
        } else if failure.isConnectFailure, let earlier = distrusted[server] {
            return earlier
        } else if failure.isTransient {
            hopeful.insert(server)
        }
        return failure
    }

    /// Whether another server than `server` may be back the next time.
    func mayRecover(besides server: ServerURL) -> Bool { hopeful.contains { $0 != server } }
}
