import Metrics
import ServiceKit
import Testing

@Suite struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry()

    @Test func rendersCountersGaugesAndHistograms() {
        registry.describe("items_total", help: "Items, by status.\nSecond \\ line.")
        registry.describe("pause_seconds", help: "Pauses.", bounds: [0.1, 1])
        Counter(label: "items", dimensions: [("status", "scored"), ("function", "a")], factory: registry).increment(
            by: 3)
        Counter(label: "items.total", dimensions: [("function", "a"), ("status", "scored")], factory: registry)
            .increment()
        Counter(label: "items", dimensions: [("status", "error")], factory: registry).increment()
        Gauge(label: "queue.length", factory: registry).record(2.5)
        let timer = Timer(label: "pause", factory: registry)
        for milliseconds in [50, 100, 500, 2000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            registry.render() == #"""
                # HELP items_total Items, by status.\nSecond \\ line.
                # TYPE items_total counter
                items_total{function="a",status="scored"} 4
                items_total{status="error"} 1
                # HELP pause_seconds Pauses.
                # TYPE pause_seconds histogram
                pause_seconds_bucket{le="0.1"} 2
                pause_seconds_bucket{le="1"} 3
                pause_seconds_bucket{le="+Inf"} 4
                pause_seconds_sum 2.65
                pause_seconds_count 4
                # TYPE queue_length gauge
                queue_length 2.5

                """#)
    }

    @Test func escapesLabelValues() {
        Gauge(label: "g", dimensions: [("path", "a\"b\\c\nd"), ("0-x", "é")], factory: registry).record(1)
        #expect(registry.render() == "# TYPE g gauge\ng{_0_x=\"é\",path=\"a\\\"b\\\\c\\nd\"} 1\n")
    }

    @Test func oneNameAndLabelsIsOneSeries() {
        for _ in 0..<3 { Counter(label: "c", factory: registry).increment() }
        #expect(registry.render().hasSuffix("c_total 3\n"))
    }

    @Test func countersNeverFall() {
        let counter = FloatingPointCounter(label: "c", factory: registry)
        counter.increment(by: 1.5)
        counter.increment(by: -1)
        counter.increment(by: Double.nan)
        #expect(registry.render().hasSuffix("c_total 1.5\n"))
    }

    @Test func metersGoUpAndDown() {
        let meter = Meter(label: "m", factory: registry)
        meter.increment(by: 5)
        meter.decrement(by: 2)
        #expect(registry.render().hasSuffix("m 3\n"))
    }

    @Test func recordersAreHistogramsThatLeaveOutNaN() {
        registry.describe("sizes", help: "Sizes.", bounds: [10])
        let recorder = Recorder(label: "sizes", factory: registry)
        recorder.record(10)
        recorder.record(Double.nan)
        recorder.record(11)
        #expect(
            registry.render().contains(
                "sizes_bucket{le=\"10\"} 1\nsizes_bucket{le=\"+Inf\"} 2\nsizes_sum 21\nsizes_count 2"))
    }

    @Test func countsFromManyTasksAreAllThere() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [registry] in
                    for _ in 0..<1000 { Counter(label: "c", factory: registry).increment() }
                }
            }
        }
        #expect(registry.render().hasSuffix("c_total 8000\n"))
    }

    @Test func processMetricsAreReadWhenRendered() throws {
        ProcessMetrics.register(in: registry)
        let text = registry.render()
        for name in [
            "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds",
            "process_threads", "process_cpu_seconds_total",
        ] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") }, "\(name)")
            #expect(try #require(line.split(separator: " ").last.flatMap { Double($0) }) > 0)
        }
    }

    @Test func readsProcStatWithAnOddProgramName() throws {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 7 8 0 0 20 0 3 0 999 123456 55 18446744073709551615\n"
        let status = try #require(ProcessStatus(stat: stat))
        #expect(status.userTicks == 7 && status.systemTicks == 8 && status.threads == 3)
        #expect(status.startTicks == 999 && status.virtualBytes == 123456 && status.residentPages == 55)
    }

    @Test(arguments: ["", "42 (x) S 1 2", "no parenthesis"])
    func refusesAMalformedProcStat(stat: String) {
        #expect(ProcessStatus(stat: stat) == nil)
    }
}
