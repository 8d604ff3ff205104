import CKernels
import Foundation
import ServiceKit

/// What a benchmark prints: where and how it ran, then tables.
enum Report {
    /// The command, the machine and the number of repeats, which figures are worth nothing without.
    static func begin(_ title: String, repeats: Int, notes: [String] = []) {
        let name = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? ""
        let command = ([name] + CommandLine.arguments.dropFirst()).joined(separator: " ")
        print("\n\(title)\n\(String(repeating: "=", count: title.count))")
        print("command: \(command)")
        print("machine: \(machine)")
        print("repeats: \(repeats), in turns; medians")
        for note in notes { print(note) }
    }

    static func table(_ title: String, _ table: TextTable) {
        print("\n\(title)\n")
        print(table.render(hasUnicode: TerminalOutput.standardError.capabilities.hasUnicode))
    }

    private static var machine: String {
        let model =
            lines(of: "/proc/cpuinfo").first { $0.hasPrefix("model name") }?
            .split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown processor"
        let load = lines(of: "/proc/loadavg").first?.split(separator: " ").first.map { ", load \($0)" } ?? ""
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return "\(model), \(cores) cores, \(String(cString: stepwise_kernels_isa())) kernels\(load)"
    }

    private static func lines(of path: String) -> [Substring] {
        // Only decorates the report: a machine without /proc is "unknown".
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
    }
}

extension Double {
    /// Three significant digits, with thousands set apart: 12,300, 45.6, 0.789.
    var brief: String {
        guard isFinite else { return "\(self)" }
        if abs(self) >= 100 {
            let digits = String(Int(rounded()))
            var grouped = ""
            for (index, character) in digits.enumerated() {
                let rest = digits.count - index
                if index > 0, rest.isMultiple(of: 3), grouped.last != "-" { grouped.append(",") }
                grouped.append(character)
            }
            return grouped
        }
        return String(format: abs(self) >= 10 ? "%.1f" : abs(self) >= 1 ? "%.2f" : "%.3f", self)
    }

    /// Seconds in the unit that suits them.
    var asTime: String {
        switch self {
        case 1...: String(format: "%.2f s", self)
        case 1e-3...: String(format: "%.1f ms", self * 1e3)
        default: String(format: "%.1f µs", self * 1e6)
        }
    }

    /// Such as 1.2e-06.
    func formatted(significantDigits: Int) -> String { String(format: "%.\(significantDigits - 1)e", self) }

    var asRatio: String { String(format: "%.2fx", self) }
}

extension Int {
    /// With thousands set apart.
    var brief: String { abs(self) >= 100 ? Double(self).brief : String(self) }
}
