import Foundation

/// JSON as the services read and write it: what is wrong is said with a JSON pointer, and nothing that is not a finite number is written.
public enum ServiceJSON {
    /// Decodes a request and checks it.
    ///
    /// - Throws: `malformedJSON` with line and column for bytes that are not JSON (RFC 8259; no more than 128 levels deep), `invalidRequest`
    ///   with the field's pointer for everything else.
    public static func decodeRequest<Message: ValidatedMessage>(
        _ type: Message.Type, from bytes: [UInt8]
    ) throws(ProblemDetails) -> Message {
        let message = try decode(type, from: bytes)
        try message.validate(at: JSONPointer())
        return message
    }

    /// Decodes any message, without the checks that requests have.
    ///
    /// - Throws: as `decodeRequest`.
    public static func decode<Message: Decodable>(
        _ type: Message.Type, from bytes: [UInt8]
    ) throws(ProblemDetails) -> Message {
        if let direct = type as? any DirectlyReadable.Type, let message = direct.read(bytes) as? Message {
            return message
        }
        return try decodeStrictly(type, from: bytes)
    }

    /// As `decode`, always by way of `JSONSyntax` and Foundation: what messages without a direct reader take, and whatever a direct reader does not.
    package static func decodeStrictly<Message: Decodable>(
        _ type: Message.Type, from bytes: [UInt8]
    ) throws(ProblemDetails) -> Message {
        if let fault = JSONSyntax.fault(in: bytes) { throw ProblemDetails(kind: .malformedJSON, detail: fault) }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw problem(error)
        } catch {
            throw ProblemDetails(kind: .invalidRequest, detail: "\(error)")
        }
    }

    /// Encodes with sorted keys: the same message gives the same bytes.
    ///
    /// - Throws: `internalError` naming the field when a number is NaN or infinite.
    public static func encode(_ message: some Encodable, pretty: Bool = false) throws(ProblemDetails) -> [UInt8] {
        if !pretty, let bytes = (message as? any DirectlyWritable)?.written() { return bytes }
        return try encodeWithFoundation(message, pretty: pretty)
    }

    /// As `encode`, always by Foundation: what messages without a direct writer take, and whatever a direct writer does not.
    package static func encodeWithFoundation(
        _ message: some Encodable, pretty: Bool = false
    ) throws(ProblemDetails) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(message))
        } catch EncodingError.invalidValue(let value, let context) {
            throw ProblemDetails(
                kind: .internalError, detail: "\(value) cannot be written as JSON", pointer: pointer(context.codingPath)
            )
        } catch {
            throw ProblemDetails(kind: .internalError, detail: "\(error)")
        }
    }

    private static func problem(_ error: DecodingError) -> ProblemDetails {
        switch error {
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            // What is left to this case once the syntax is right; requests say which number it is (`decodeNumber`).
            return ProblemDetails(kind: .invalidRequest, detail: "a number does not fit its field")
        case .dataCorrupted(let context):
            return invalid(context.codingPath, context.debugDescription)
        case .keyNotFound(let key, let context):
            return invalid(context.codingPath, "the key '\(key.stringValue)' is missing")
        case .valueNotFound(let type, let context):
            return invalid(context.codingPath, "is null, and \(name(of: type)) is needed")
        case .typeMismatch(let type, let context):
            return invalid(context.codingPath, "is not \(name(of: type))")
        @unknown default:
            return ProblemDetails(kind: .invalidRequest, detail: "\(error)")
        }
    }

    private static func invalid(_ path: [any CodingKey], _ detail: String) -> ProblemDetails {
        ProblemDetails(kind: .invalidRequest, detail: detail, pointer: pointer(path))
    }

    private static func pointer(_ path: [any CodingKey]) -> String {
        path.reduce(JSONPointer()) { pointer, key in
            key.intValue.map { pointer.appending($0) } ?? pointer.appending(key.stringValue)
        }.description
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "a boolean"
        case is Double.Type, is Float.Type: "a number"
        case is any FixedWidthInteger.Type: "a whole number"
        case is [String: JSONValue].Type, is [String: Any].Type: "an object"
        case is [Any].Type: "an array"
        default: "\(type)".hasPrefix("Array<") ? "an array" : "an object"
        }
    }
}
