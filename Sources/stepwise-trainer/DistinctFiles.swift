import ArgumentParser
import Foundation

/// The files of a command that must not be one and the same: an output would take the place of its own input.
enum DistinctFiles {
    /// - Parameter files: what each is to the command, and its path; `-` names standard input or output.
    /// - Throws: `ValidationError` naming two that are the same.
    static func require(_ files: [(name: String, path: String)]) throws {
        var names: [String: String] = [:]
        for (name, path) in files where path != "-" || name == "the input" {
            let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            if let other = names.updateValue(name, forKey: resolved) {
                throw ValidationError("\(other) and \(name) are the same file, \(path).")
            }
        }
    }
}
