import Foundation
import ServiceKit

/// Files of the checkout that the benchmark is run from, and data beside it.
enum Checkout {
    /// The path when the file is there.
    static func optional(_ path: String) -> String? {
        FileManager.default.fileExists(atPath: path) ? path : nil
    }

    static func required(_ path: String) throws -> String {
        if let found = optional(path) { return found }
        throw CommandFailure(
            "\(path): there is no such file; run stepwise-benchmark from the root of a checkout",
            exitStatus: .missingInput)
    }
}
