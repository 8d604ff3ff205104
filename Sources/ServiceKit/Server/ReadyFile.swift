import Foundation
import Transport

/// A file that says that a service answers, and where: scripts that start it with `--port 0` wait for it.
struct ReadyFile {
    let path: String

    /// Written under another name and renamed, so that whoever sees the file sees all of it.
    func write(_ address: BoundAddress) throws(CommandFailure) {
        do {
            let text = try JSONEncoder().encode(["url": address.url])
            // `JSONEncoder` writes "http:\/\/": legal, and ugly to those who read the file with sed.
            let plain = String(decoding: text, as: UTF8.self).replacing("\\/", with: "/") + "\n"
            try Data(plain.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(
                "the ready file cannot be written: \(ErrorReport.message(for: error))", exitStatus: .cannotCreate)
        }
    }

    /// A file that is gone already is as good.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
