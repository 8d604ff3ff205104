import Foundation

/// A file of a tokenizer, kept to be written again as it was read.
struct TokenizerFile: Sendable, Equatable {
    static let main = "tokenizer.json"
    static let configuration = "tokenizer_config.json"
    static let chatTemplate = "chat_template.jinja"
    static let specialTokensMap = "special_tokens_map.json"

    let name: String
    let data: Data

    /// - Throws: ``TokenizerError`` naming the file.
    init(_ name: String, of folder: String) throws {
        self.name = name
        let path = folder + "/" + name
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw TokenizerError(file: path, message: "cannot be read: \(FileSystem.reason(error))")
        }
    }

    /// The file if the folder has it.
    static func ifPresent(_ name: String, of folder: String) throws -> TokenizerFile? {
        guard FileManager.default.fileExists(atPath: folder + "/" + name) else { return nil }
        return try TokenizerFile(name, of: folder)
    }

    /// The file as a JSON object; `folder` names it in errors.
    func json(of folder: String) throws -> TokenizerJSON {
        let path = folder + "/" + name
        do {
            return TokenizerJSON(try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed), file: path)
        } catch {
            throw TokenizerError(file: path, message: "is not valid JSON: \(FileSystem.reason(error))")
        }
    }
}

/// A value in a JSON file with the place where it stands, so that every fault names both.
struct TokenizerJSON {
    let value: Any?
    let file: String
    /// Keys and indices from the root, such as `model.merges[3]`; empty for the root.
    let place: String

    init(_ value: Any?, file: String, place: String = "") {
        self.value = value is NSNull ? nil : value
        self.file = file
        self.place = place
    }

    func fault(_ message: String) -> TokenizerError {
        TokenizerError(file: file, message: place.isEmpty ? message : "\(place) \(message)")
    }

    /// A member of an object; without a value where there is none.
    subscript(key: String) -> TokenizerJSON {
        TokenizerJSON(
            (value as? [String: Any])?[key], file: file, place: place.isEmpty ? key : "\(place).\(key)")
    }

    var isNull: Bool { value == nil }

    func object() throws -> [String: Any] {
        guard let object = value as? [String: Any] else { throw fault("is missing or is not an object") }
        return object
    }

    func elements() throws -> [TokenizerJSON] {
        guard let list = value as? [Any] else { throw fault("is missing or is not a list") }
        return list.enumerated().map { TokenizerJSON($1, file: file, place: "\(place)[\($0)]") }
    }

    func string() throws -> String {
        guard let text = value as? String else { throw fault("is missing or is not a string") }
        return text
    }

    /// A flag, `false` where there is none.
    func flag() throws -> Bool {
        if isNull { return false }
        guard let flag = value as? Bool else { throw fault("is not true or false") }
        return flag
    }

    func tokenID() throws -> TokenID {
        guard let number = value as? Int else { throw fault("is missing or is not an integer") }
        guard number >= 0, number <= BytePairTokenizer.maximumID else {
            throw fault("is \(number); token ids go from 0 to \(BytePairTokenizer.maximumID)")
        }
        return TokenID(number)
    }
}
