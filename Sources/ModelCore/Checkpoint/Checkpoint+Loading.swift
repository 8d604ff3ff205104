import Foundation

extension Checkpoint {
    /// Reads and checks config.json.
    static func configuration(of folder: String) throws -> ModelConfiguration {
        let path = folder + "/" + configurationFile
        do {
            let configuration = try decode(ModelConfiguration.self, from: path)
            try configuration.validate()
            return configuration
        } catch let error as ModelError {
            // The model names the file too, by its last component.
            let prefix = configurationFile + ": "
            let message = error.description
            throw CheckpointError(
                file: path, message: message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message)
        }
    }

    /// Reads a JSON file.
    ///
    /// - Throws: ``CheckpointError`` naming the key at fault, and what the type's own decoding throws.
    static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CheckpointError(file: path, message: "cannot be read: \(FileSystem.reason(error))")
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw CheckpointError(file: path, message: describe(error))
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + [last].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "the key \(path(context, key)) is missing"
        case .typeMismatch(let type, let context): return "\(path(context)) is not a \(type)"
        case .valueNotFound(let type, let context): return "\(path(context)) is null; it must be a \(type)"
        case .dataCorrupted(let context):
            let place = path(context)
            return place.isEmpty ? "is not valid JSON" : "\(place): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
