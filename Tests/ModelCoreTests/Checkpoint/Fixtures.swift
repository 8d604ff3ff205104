import Foundation

/// Tests/Fixtures, by the scripts there.
enum Fixtures {
    static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures").path

    static func checkpoint(_ name: String) -> String { "\(path)/checkpoints/\(name)" }
    static func gguf(_ name: String) -> String { "\(path)/gguf/\(name)" }

    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
}
