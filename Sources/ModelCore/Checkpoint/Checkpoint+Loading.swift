import Foundation

extension Checkpoint {
    /// Reads and checks config.json.
    static func configuration(of folder: String) throws -> ModelConfiguration {
        let path = folder + "/" + configurationFile
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CheckpointError(file: path, message: "cannot be read: \(FileSystem.reason(error))")
        }
        do {
            let configuration = try JSONDecoder().decode(ModelConfiguration.self, from: data)
            try configuration.validate()
            return configuration
        } catch let error as DecodingError {
            throw CheckpointError(file: path, message: describe(error))
        } catch {
            // The model names the file too, by its last component.
            let message = "\(error)"
            let prefix = configurationFile + ": "
            throw CheckpointError(
                file: path, message: message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message)
        }
    }

    /// Copies every parameter from model.safetensors. All must be there, in the model's shapes, and nothing else.
    static func loadWeights(into model: CausalLanguageModel, from folder: String) throws {
        let path = folder + "/" + weightsFile
        let index = path + ".index.json"
        if !FileManager.default.fileExists(atPath: path) && FileManager.default.fileExists(atPath: index) {
            throw CheckpointError(
                file: index,
                message: "the weights are split over several files, which is not supported yet; "
                    + "save the checkpoint as one \(weightsFile)")
        }
        let file = try SafetensorsFile(path: path)
        let entries = model.parameters.entries
        let expected = Set(entries.map(\.name))
        let surplus = file.tensors.map(\.name).filter {
            !expected.contains($0) && !isRedundant($0, in: model.configuration)
        }
        let missing = entries.map(\.name).filter { file.info($0) == nil }
        guard missing.isEmpty, surplus.isEmpty else {
            var faults: [String] = []
            if !missing.isEmpty { faults.append("tensors that config.json calls for are missing: \(list(missing))") }
            if !surplus.isEmpty { faults.append("tensors are not part of the model: \(list(surplus))") }
            throw CheckpointError(file: path, message: faults.joined(separator: "; "))
        }
        for entry in entries {
            let shape = file.info(entry.name)?.shape ?? []
            guard shape == entry.shape else {
                throw CheckpointError(
                    file: path, tensor: entry.name,
                    message: "its shape is \(shape); config.json calls for \(entry.shape)")
            }
            try model.parameters.setValues(entry.name, file.floats(entry.name))
        }
    }

    /// Tensors that some writers store though they follow from others.
    private static func isRedundant(_ name: String, in configuration: ModelConfiguration) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || (configuration.tieWordEmbeddings && name == "lm_head.weight")
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
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
