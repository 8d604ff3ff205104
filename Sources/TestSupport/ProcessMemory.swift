import Foundation

/// What the process takes.
public enum ProcessMemory {
    /// The most memory that it has taken so far, in KiB; 0 where the system does not say.
    public static var peak: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
}
