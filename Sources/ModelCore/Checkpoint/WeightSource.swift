/// Where a model's weights come from: tensors under Hugging Face's names, with shapes known before any value is read.
protocol WeightSource {
    /// The file or index that lists the tensors, for messages about what is not in it.
    var path: String { get }
    var names: [String] { get }
    /// nil when there is no such tensor.
    func shape(of name: String) -> [Int]?
    /// What says which tensors in which shapes there must be, for messages.
    var authority: String { get }
    /// The name that a tensor has in its file.
    func storedName(_ name: String) -> String
    /// The file that holds a tensor.
    func file(of name: String) -> String
    /// Writes all values of a tensor, row-major; `target` has room for them.
    func read(_ name: String, into target: UnsafeMutablePointer<Float>) throws
}

extension Checkpoint {
    /// A model with its parameters from `source`. All must be there, in the model's shapes, and nothing else.
    ///
    /// - Throws: ``CheckpointError`` naming files and tensors, with expected and found shapes.
    static func model(
        _ configuration: ModelConfiguration, from source: some WeightSource, for purpose: ModelPurpose
    ) throws -> CausalLanguageModel {
        let wanted = CausalLanguageModel.parameterList(configuration).map { (name: $0.name, shape: $0.shape) }
        // Before anything of the size that the configuration claims is allocated.
        try check(source, has: wanted, for: configuration)
        let model = try CausalLanguageModel(zeros: configuration, for: purpose)
        for entry in model.parameters.entries {
            try model.parameters.fill(entry) { try source.read(entry.name, into: $0) }
        }
        return model
    }

    /// Holds a source's names and shapes to those that its authority calls for.
    static func check(
        _ source: some WeightSource, has wanted: [(name: String, shape: [Int])], for configuration: ModelConfiguration
    ) throws {
        let expected = Set(wanted.map(\.name))
        let missing = wanted.filter { source.shape(of: $0.name) == nil }.map { "\($0.name) \($0.shape)" }
        let surplus = source.names.filter { !expected.contains($0) && !isRedundant($0, in: configuration) }
            .map { "\($0) \(source.shape(of: $0) ?? [])" }
        guard missing.isEmpty, surplus.isEmpty else {
            var faults: [String] = []
            if !missing.isEmpty {
                faults.append("tensors that \(source.authority) calls for are missing: \(list(missing))")
            }
            if !surplus.isEmpty { faults.append("tensors are not part of the model: \(list(surplus))") }
            throw CheckpointError(file: source.path, message: faults.joined(separator: "; "))
        }
        for (name, shape) in wanted {
            let found = source.shape(of: name) ?? []
            guard found == shape else {
                throw CheckpointError(
                    file: source.file(of: name), tensor: source.storedName(name),
                    message: "its shape is \(found); \(source.authority) calls for \(shape)")
            }
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
}
