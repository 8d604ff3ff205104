/// The paths of the services, as `proto-schemas/*.openapi.yaml` describe them.
public enum ServicePath {
    public static let score = "/v1/score"
    public static let rewards = "/v1/rewards"
    public static let explain = "/v1/explain"
    /// OpenRLHF's remote reward model.
    public static let openRLHF = "/get_reward"
    /// slime's remote reward model.
    public static let slime = "/slime"
    /// NeMo Gym's resources server.
    public static let gymSeedSession = "/seed_session"
    public static let gymVerify = "/verify"
    public static let gymAggregateMetrics = "/aggregate_metrics"
    public static let gymReverifyMode = "/reverify_mode"
    /// Where NeMo Gym sends a rollout's requests when it observes it.
    public static let gymRolloutSeedSession = "/ng-rollout/{rollout}/seed_session"
    public static let gymRolloutVerify = "/ng-rollout/{rollout}/verify"
    public static let root = "/"
    public static let evaluations = "/v1/evaluations"
    public static let evaluation = "/v1/evaluations/{id}"
    public static let evaluationResult = "/v1/evaluations/{id}/result"
    /// Newline-delimited JSON, a status a line, until the evaluation ends.
    public static let evaluationEvents = "/v1/evaluations/{id}/events"
    public static let health = "/healthz"
    public static let readiness = "/readyz"
    public static let metrics = "/metrics"
}
