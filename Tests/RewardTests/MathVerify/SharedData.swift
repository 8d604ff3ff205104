import Foundation
import ServiceAPI
import Testing
import Zstandard

/// Text, or the place of one in ../shared/data.
enum Piece: Decodable {
    case text(String)
    case place(file: String, row: Int, field: String, from: Int, to: Int)

    private enum CodingKeys: CodingKey { case file, row, field, from, to }

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self = .text(text)
            return
        }
        let place = try decoder.container(keyedBy: CodingKeys.self)
        self = .place(
            file: try place.decode(String.self, forKey: .file), row: try place.decode(Int.self, forKey: .row),
            field: try place.decode(String.self, forKey: .field), from: try place.decode(Int.self, forKey: .from),
            to: try place.decode(Int.self, forKey: .to))
    }
}

/// The public data beside the checkout.
final class SharedData {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private let folder: String
    private var files: [String: [JSONValue]] = [:]

    /// nil where it is not there; says so.
    init?() throws {
        folder = Self.repository + "/../shared/data/"
        guard FileManager.default.fileExists(atPath: folder) else {
            print("skipped: ../shared/data is not here")
            return nil
        }
    }

    func text(of pieces: [Piece]) throws -> String {
        try pieces.map { piece in
            switch piece {
            case .text(let text): return text
            case .place(let file, let row, let field, let from, let to):
                var value = try rows(file)[row]
                for key in field.split(separator: "/") {
                    switch value {
                    case .object(let members): value = try #require(members[String(key)])
                    case .array(let elements): value = elements[try #require(Int(key))]
                    default: Issue.record("\(file) has no \(field) in row \(row)")
                    }
                }
                guard case .string(let text) = value else {
                    Issue.record("\(file), row \(row), \(field) is no text")
                    return ""
                }
                return String(String.UnicodeScalarView(Array(text.unicodeScalars)[from..<to]))
            }
        }.joined()
    }

    private func rows(_ file: String) throws -> [JSONValue] {
        if let rows = files[file] { return rows }
        let text = try String(contentsOfFile: folder + file, encoding: .utf8)
        let rows =
            file.hasSuffix(".json")
            ? try JSONDecoder().decode([JSONValue].self, from: Data(text.utf8))
            : try text.split(separator: "\n").map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
        files[file] = rows
        return rows
    }
}
