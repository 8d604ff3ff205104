import Foundation
import ServiceAPI
import Zstandard

/// Results that outlive the process: a folder an evaluation with `result.json` and `samples.jsonl.zst`.
struct ResultStore {
    let folder: String

    /// Writes the samples first: a result that is there is whole.
    func write(_ report: Evaluator.Report) throws {
        let path = folder + "/" + report.result.id
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try SampleLog.write(report.outcomes, of: report.benchmark, to: path + "/samples.jsonl.zst")
        let file = try AtomicFile(path: path + "/result.json")
        try file.write(ServiceJSON.encode(report.result, pretty: true))
        try file.commit()
    }

    /// All results, oldest first; what is no result is passed over.
    func readAll() -> [EvaluationResult] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let found = names.compactMap { name -> (Date, EvaluationResult)? in
            let path = "\(folder)/\(name)/result.json"
            guard let bytes = FileManager.default.contents(atPath: path),
                let result = try? ServiceJSON.decode(EvaluationResult.self, from: [UInt8](bytes)), result.id == name
            else { return nil }
            let date = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
            return (date ?? .distantPast, result)
        }
        return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

extension Evaluator.Report {
    /// Keeps result and samples in a folder of their own below `folder`.
    ///
    /// - Returns: that folder.
    package func write(below folder: String) throws -> String {
        try ResultStore(folder: folder).write(self)
        return folder + "/" + result.id
    }
}
