import Foundation
import Zstandard

/// Makes and writes reports.
public enum ReportWriter {
    /// Reads runs and writes a report of them.
    ///
    /// - Parameters:
    ///   - runs: one, or several that are compared.
    ///   - path: the file, which appears whole or not at all.
    /// - Returns: its size in bytes.
    /// - Throws: ``ReportError``, `FileError` for a run that cannot be read, or a report that cannot be written.
    @discardableResult
    public static func write(_ runs: [RunFolder], to path: String) throws -> Int {
        let records = try runs.map { folder -> RunRecord in
            var record = try RunRecord(folder)
            // Several runs are compared by their curves and figures.
            if runs.count > 1 { record.rollouts = [] }
            return record
        }
        return try write(records, to: path)
    }

    @discardableResult
    static func write(_ records: [RunRecord], to path: String) throws -> Int {
        let bytes = Array(ReportPage(records, made: now()).html().utf8)
        let file = try AtomicFile(path: path)
        try file.write(bytes)
        try file.commit()
        return bytes.count
    }

    /// To the second, in UTC.
    static func now() -> String { Date.now.formatted(.iso8601) }
}
