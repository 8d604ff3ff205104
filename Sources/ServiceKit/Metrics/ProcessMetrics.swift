import Foundation

/// The metrics that Prometheus' own client libraries give every process, read from /proc.
public enum ProcessMetrics {
    public static func register(in registry: PrometheusRegistry) {
        registry.describe("process_resident_memory_bytes", help: "Resident memory size in bytes.")
        registry.describe("process_virtual_memory_bytes", help: "Virtual memory size in bytes.")
        registry.describe("process_cpu_seconds_total", help: "User and system CPU time spent, in seconds.")
        registry.describe("process_open_fds", help: "Open file descriptors.")
        registry.describe("process_max_fds", help: "The most file descriptors that may be open.")
        registry.describe("process_threads", help: "Threads.")
        registry.describe(
            "process_start_time_seconds", help: "Start time of the process since the Unix epoch, in seconds.")
        registry.onRender { [unowned registry] in refresh(registry) }
    }

    private static func refresh(_ registry: PrometheusRegistry) {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            registry.gauge("process_max_fds").set(Double(limit.rlim_cur))
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            registry.gauge("process_open_fds").set(Double(open.count))
        }
        guard let status = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let sample = ProcessStatus(stat: status)
        else { return }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        registry.gauge("process_resident_memory_bytes").set(Double(sample.residentPages * sysconf(Int32(_SC_PAGESIZE))))
        registry.gauge("process_virtual_memory_bytes").set(Double(sample.virtualBytes))
        registry.counter("process_cpu_seconds_total")
            .advance(to: Double(sample.userTicks + sample.systemTicks) / ticks)
        registry.gauge("process_threads").set(Double(sample.threads))
        if let boot = bootTime {
            registry.gauge("process_start_time_seconds").set(boot + Double(sample.startTicks) / ticks)
        }
    }

    /// Seconds since the epoch at which the machine started.
    private static let bootTime: Double? = {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }()
}

/// The fields of /proc/PID/stat (proc(5)) that are shown.
package struct ProcessStatus: Equatable {
    package private(set) var userTicks = 0
    package private(set) var systemTicks = 0
    package private(set) var threads = 0
    package private(set) var startTicks = 0
    package private(set) var virtualBytes = 0
    package private(set) var residentPages = 0

    package init?(stat: String) {
        // The program's name stands in parentheses and may hold spaces and parentheses itself.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace)
        // proc(5) counts from 1, and field 3 is the first after the name.
        func field(_ number: Int) -> Int? { number - 3 < fields.count ? Int(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let bytes = field(23), let pages = field(24)
        else { return nil }
        (userTicks, systemTicks, self.threads) = (user, system, threads)
        (startTicks, virtualBytes, residentPages) = (start, bytes, pages)
    }
}
