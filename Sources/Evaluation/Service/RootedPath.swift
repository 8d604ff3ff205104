import Foundation
import ServiceAPI

/// A folder beyond which no request reaches.
package struct RootedPath: Sendable {
    package let root: String

    package init(root: String) {
        self.root = URL(fileURLWithPath: root).resolvingSymlinksInPath().standardizedFileURL.path
    }

    /// The file or folder that a request names.
    ///
    /// - Parameter pointer: of the request's field.
    /// - Throws: `invalidRequest` for an absolute path, one that leaves the root (by `..` or by a link), or one that does not exist.
    package func resolve(_ path: String, pointer: String) throws(ProblemDetails) -> String {
        func refusal(_ reason: String) -> ProblemDetails {
            ProblemDetails(kind: .invalidRequest, detail: "\"\(path)\" \(reason)", pointer: pointer)
        }
        guard !path.hasPrefix("/") else { throw refusal("is absolute; give the path below the service's root") }
        guard !path.split(separator: "/").contains("..") else { throw refusal("must not leave the service's root") }
        let full = URL(fileURLWithPath: root + "/" + path).standardizedFileURL
        guard FileManager.default.fileExists(atPath: full.path) else {
            throw refusal("does not exist below the service's root")
        }
        guard contains(full.path) else { throw refusal("must not leave the service's root") }
        return full.resolvingSymlinksInPath().path
    }

    /// Whether a path, links resolved, lies below the root or is it.
    package func contains(_ path: String) -> Bool {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
        return resolved == root || resolved.hasPrefix(root + "/")
    }
}
