import HTTPTypes
import ServiceAPI
import Transport

extension Router {
    /// Adds what watches a service: `/healthz` (the process answers), `/readyz` (it takes work; 503 and the reason when not) and
    /// `/metrics` (Prometheus).
    public mutating func addHealthRoutes(
        registry: PrometheusRegistry, readiness: @escaping @Sendable () async -> Readiness
    ) {
        on(.get, ServicePath.health) { _ in .text("ok\n") }
        on(.get, ServicePath.readiness) { _ in
            switch await readiness() {
            case .ready: return .text("ready\n")
            case .notReady(let reason): throw ProblemDetails(kind: .unavailable, detail: reason)
            }
        }
        on(.get, ServicePath.metrics) { _ in
            .text(registry.render(), contentType: PrometheusRegistry.contentType)
        }
    }
}
