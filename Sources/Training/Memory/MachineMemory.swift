import Foundation

/// What the process uses of the machine's memory, and what there is, read from /proc and the control group (bytes).
package enum MachineMemory {
    /// Resident now.
    package static var resident: Int? { field("VmRSS", of: "/proc/self/status") }

    /// The most that was ever resident.
    package static var peak: Int? { field("VmHWM", of: "/proc/self/status") }

    /// What the process can still take without pushing anything else out: the machine's, or a container's where it has less.
    package static var available: Int? {
        guard let machine = field("MemAvailable", of: "/proc/meminfo") else { return nil }
        return min(machine, containerRoom() ?? machine)
    }

    /// Room below the limit of a version 2 control group; nil where there is none.
    private static func containerRoom() -> Int? {
        func number(_ file: String) -> Int? {
            guard let text = try? String(contentsOfFile: "/sys/fs/cgroup/" + file, encoding: .utf8) else { return nil }
            return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard let limit = number("memory.max"), let used = number("memory.current") else { return nil }
        return max(0, limit - used)
    }

    /// A "Name:  123 kB" line.
    private static func field(_ name: String, of path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }),
            let value = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return value * 1024
    }
}
