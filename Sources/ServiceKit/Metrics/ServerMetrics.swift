import HTTPTypes
import Transport

/// Counts what a server does: requests by route and status, how long they take, how many there are now.
public final class ServerMetrics: ServerObserver {
    private let registry: PrometheusRegistry
    private let inFlight: GaugeSeries
    private let connections: GaugeSeries
    private let opened: CounterSeries
    private let failedHandshakes: CounterSeries

    public init(registry: PrometheusRegistry) {
        registry.describe(
            "http_server_requests_total", help: "Finished requests, by method, route, status and outcome.")
        registry.describe("http_server_requests_in_flight", help: "Requests that have begun and not finished.")
        registry.describe(
            "http_server_request_duration_seconds", help: "From a request's header to the end of its answer, by route.",
            bounds: PrometheusRegistry.timeBounds)
        registry.describe("http_server_connections", help: "Connections that are open.")
        registry.describe("http_server_connections_total", help: "Connections that were opened.")
        registry.describe(
            "tls_handshake_failures_total", help: "Connections that came to nothing because TLS did.")
        self.registry = registry
        inFlight = registry.gauge("http_server_requests_in_flight")
        connections = registry.gauge("http_server_connections")
        opened = registry.counter("http_server_connections_total")
        failedHandshakes = registry.counter("tls_handshake_failures_total")
    }

    public func connectionOpened() {
        connections.increment(by: 1)
        opened.increment(by: Int64(1))
    }

    public func connectionClosed() { connections.decrement(by: 1) }

    public func handshakeFailed() { failedHandshakes.increment(by: Int64(1)) }

    public func requestStarted() { inFlight.increment(by: 1) }

    public func requestFinished(_ record: RequestRecord) {
        inFlight.decrement(by: 1)
        // Paths and methods are the clients' to invent: labels take only what has a bounded number of values.
        let route = record.route ?? "none"
        let method = Self.methods.contains(record.method) ? record.method.rawValue : "other"
        registry.counter(
            "http_server_requests_total",
            [
                ("method", method), ("route", route), ("status", record.status.map(String.init) ?? "none"),
                ("outcome", record.outcome.rawValue),
            ]
        ).increment(by: Int64(1))
        registry.histogram("http_server_request_duration_seconds", [("route", route)])
            .record(record.duration / .seconds(1))
    }

    private static let methods: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .delete, .connect, .options, .trace, .patch,
    ]
}
