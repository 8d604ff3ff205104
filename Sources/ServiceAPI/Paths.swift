/// The paths of the services, as `proto-schemas/*.openapi.yaml` describe them.
public enum ServicePath {
    public static let score = "/v1/score"
    public static let rewards = "/v1/rewards"
    public static let evaluations = "/v1/evaluations"
    public static let evaluation = "/v1/evaluations/{id}"
    public static let evaluationResult = "/v1/evaluations/{id}/result"
    /// Newline-delimited JSON, a status a line, until the evaluation ends.
    public static let evaluationEvents = "/v1/evaluations/{id}/events"
    public static let health = "/healthz"
    public static let readiness = "/readyz"
    public static let metrics = "/metrics"
}
