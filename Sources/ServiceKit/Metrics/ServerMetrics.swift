import HTTPTypes
import Synchronization
import Transport

/// Counts what a server does: requests by route and status, how long they wait and take, how large they are, how many there are now.
public final class ServerMetrics: ServerObserver {
    /// What is kept of a route, found once: every request passes here.
    private struct RouteSeries {
        let duration: HistogramSeries
        let queue: HistogramSeries
        let requestBytes: HistogramSeries
        let responseBytes: HistogramSeries
        let encoding: HistogramSeries
        var finished: [Ending: CounterSeries] = [:]
    }

    /// How a request may end.
    private struct Ending: Hashable {
        let method: HTTPRequest.Method
        let status: Int?
        let outcome: RequestRecord.Outcome
    }

    private let registry: PrometheusRegistry
    private let inFlight: GaugeSeries
    private let connections: GaugeSeries
    private let opened: CounterSeries
    private let failedHandshakes: CounterSeries
    private let routes = Mutex<[String: RouteSeries]>([:])

    public init(registry: PrometheusRegistry) {
        registry.describe(
            "http_server_requests_total", help: "Finished requests, by method, route, status and outcome.")
        registry.describe("http_server_requests_in_flight", help: "Requests that have begun and not finished.")
        registry.describe(
            Name.duration, help: "From a request's header to the end of its answer, by route.",
            bounds: PrometheusRegistry.timeBounds)
        registry.describe(
            Name.queue, help: "From a request's header to the beginning of its handler, by route.",
            bounds: PrometheusRegistry.shortTimeBounds)
        registry.describe(
            Name.requestBytes, help: "Request bodies as sent (compressed), by route.",
            bounds: PrometheusRegistry.sizeBounds)
        registry.describe(
            Name.responseBytes, help: "Answers' bodies as sent (compressed), by route; not those of streams.",
            bounds: PrometheusRegistry.sizeBounds)
        registry.describe(
            Name.encoding, help: "What making an answer ready to be sent took (compression), by route.",
            bounds: PrometheusRegistry.shortTimeBounds)
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

    private enum Name {
        static let duration = "http_server_request_duration_seconds"
        static let queue = "http_server_request_queue_seconds"
        static let requestBytes = "http_server_request_body_bytes"
        static let responseBytes = "http_server_response_body_bytes"
        static let encoding = "http_server_response_compression_seconds"
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
        let (series, finished) = series(of: record)
        finished.increment(by: Int64(1))
        series.duration.record(record.duration / .seconds(1))
        series.encoding.record(record.encoding / .seconds(1))
        if let wait = record.queueWait {
            series.queue.record(wait / .seconds(1))
            series.requestBytes.record(Double(record.requestBytes))
        }
        if let bytes = record.responseBytes { series.responseBytes.record(Double(bytes)) }
    }

    private func series(of record: RequestRecord) -> (RouteSeries, finished: CounterSeries) {
        // Paths and methods are the clients' to invent: labels take only what has a bounded number of values.
        let route = record.route ?? "none"
        let ending = Ending(
            method: Self.methods.contains(record.method) ? record.method : Self.other, status: record.status,
            outcome: record.outcome)
        return routes.withLock { routes in
            var series = routes[route] ?? makeSeries(of: route)
            let finished = series.finished[ending] ?? makeCounter(of: ending, route)
            if series.finished.updateValue(finished, forKey: ending) == nil { routes[route] = series }
            return (series, finished)
        }
    }

    private func makeSeries(of route: String) -> RouteSeries {
        func histogram(_ name: String) -> HistogramSeries { registry.histogram(name, [("route", route)]) }
        return RouteSeries(
            duration: histogram(Name.duration), queue: histogram(Name.queue),
            requestBytes: histogram(Name.requestBytes),
            responseBytes: histogram(Name.responseBytes), encoding: histogram(Name.encoding))
    }

    private func makeCounter(of ending: Ending, _ route: String) -> CounterSeries {
        registry.counter(
            "http_server_requests_total",
            [
                ("method", ending.method == Self.other ? "other" : ending.method.rawValue), ("route", route),
                ("status", ending.status.map(String.init) ?? "none"), ("outcome", ending.outcome.rawValue),
            ])
    }

    private static let methods: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .delete, .connect, .options, .trace, .patch,
    ]
    private static let other = HTTPRequest.Method("OTHER")!
}
