import Foundation

extension Checkpoint {
    /// Writes config.json and generation_config.json.
    static func write(
        _ configuration: ModelConfiguration, _ generation: GenerationConfiguration,
        dataType: SafetensorsFile.DataType, into folder: String
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        if let key = ModelConfiguration.dataTypeKey {
            encoder.userInfo[key] = dataType == .bfloat16 ? "bfloat16" : "float32"
        }
        try CheckpointError.naming(folder) {
            try FileSystem.write(encoder.encode(configuration), to: folder + "/" + configurationFile)
            try FileSystem.write(encoder.encode(generation), to: folder + "/" + generationFile)
        }
    }

    /// Writes model.safetensors, or shards of at most `shardBytes` (a tensor that is larger has one to itself) and the index
    /// that transformers looks for.
    static func writeWeights(
        _ tensors: [SafetensorsFile.Output], into folder: String, shardBytes: Int,
        values: (String) throws -> [Float]
    ) throws {
        var shards: [[SafetensorsFile.Output]] = [[]]
        var size = 0
        for tensor in tensors {
            if size + tensor.byteCount > shardBytes, size > 0 {
                shards.append([])
                size = 0
            }
            shards[shards.count - 1].append(tensor)
            size += tensor.byteCount
        }
        guard shards.count > 1 else {
            return try SafetensorsFile.write(tensors, to: folder + "/" + weightsFile, values: values)
        }
        var map: [String: String] = [:]
        for (index, shard) in shards.enumerated() {
            let name = "model-\(fiveDigits(index + 1))-of-\(fiveDigits(shards.count)).safetensors"
            try SafetensorsFile.write(shard, to: folder + "/" + name, values: values)
            for tensor in shard { map[tensor.name] = name }
        }
        let index: [String: Any] = [
            "metadata": ["total_size": tensors.reduce(0) { $0 + $1.byteCount }], "weight_map": map,
        ]
        let data = try JSONSerialization.data(withJSONObject: index, options: [.prettyPrinted, .sortedKeys])
        let path = folder + "/" + weightsFile + ".index.json"
        try CheckpointError.naming(path) { try FileSystem.write(data, to: path) }
    }

    private static func fiveDigits(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
    }
}
