import Foundation

/// Decodes one line of a JSONL file, with errors that name the field.
enum JSONLine {
    /// - Throws: `TrajectoryError` without file and line.
    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws(TrajectoryError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch let error as TrajectoryError {
            throw error
        } catch let error as DecodingError {
            throw translated(error, text)
        } catch {
            throw TrajectoryError(message: "\(error)")
        }
    }

    private static func translated(_ error: DecodingError, _ text: String) -> TrajectoryError {
        switch error {
        case .keyNotFound(let key, let context):
            return TrajectoryError(field: pointer(context.codingPath + [key]), message: "the key is missing")
        case .typeMismatch(let type, let context):
            return TrajectoryError(
                field: pointer(context.codingPath),
                message: "expected \(name(of: type))" + found(context.debugDescription))
        case .valueNotFound(let type, let context):
            return TrajectoryError(
                field: pointer(context.codingPath), message: "expected \(name(of: type)), found null")
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            return TrajectoryError(message: "the line is not valid JSON" + reason(text))
        case .dataCorrupted(let context):
            return TrajectoryError(field: pointer(context.codingPath), message: context.debugDescription)
        @unknown default:
            return TrajectoryError(message: "\(error)")
        }
    }

    /// RFC 6901; nil for the whole line.
    private static func pointer(_ path: [any CodingKey]) -> String? {
        if path.isEmpty { return nil }
        return path.map { key in
            if let index = key.intValue { return "/\(index)" }
            return "/"
                + key.stringValue.replacingOccurrences(of: "~", with: "~0").replacingOccurrences(of: "/", with: "~1")
        }.joined()
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is [Any].Type: "an array"
        case is [String: Any].Type: "an object"
        default: "\(type)"
        }
    }

    /// Foundation says "Expected to decode X but found Y instead."
    private static func found(_ description: String) -> String {
        guard let start = description.range(of: "but found ") else { return "" }
        let rest = description[start.upperBound...]
        let found = rest[..<(rest.range(of: " instead")?.lowerBound ?? rest.endIndex)]
        let words = ["number": "a number", "bool": "true or false", "a dictionary": "an object"]
        return ", found " + (words[String(found)] ?? String(found))
    }

    /// Where the JSON breaks off: `JSONDecoder` does not say on Linux, `JSONSerialization` does.
    private static func reason(_ text: String) -> String {
        do {
            _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            return ""
        } catch {
            guard var reason = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String else { return "" }
            if reason.hasPrefix("Unexpected end of file during JSON parse") { return ": it ends too early" }
            if reason.hasSuffix(".") { reason.removeLast() }
            return ": " + reason.prefix(1).lowercased() + reason.dropFirst()
        }
    }
}
