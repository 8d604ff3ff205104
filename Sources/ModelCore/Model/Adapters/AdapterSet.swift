/// The low-rank adapters of a model: parameters of their own, beside the frozen ones.
final class AdapterSet {
    let configuration: LoRAConfiguration
    let parameters: ParameterStore
    private let model: ModelConfiguration

    /// A is random and B zero, as PEFT makes them: a new adapter changes nothing.
    init(_ configuration: LoRAConfiguration, model: ModelConfiguration, seed: UInt64) {
        self.configuration = configuration
        self.model = model
        parameters = ParameterStore(Self.parameterList(configuration, model: model))
        var generator = RandomGenerator(seed: seed)
        for entry in parameters.entries where entry.name.hasSuffix(Self.downSuffix) {
            // PyTorch's kaiming_uniform_ with a = sqrt(5).
            let bound = 1 / Float(entry.shape[1]).squareRoot()
            parameters.fill(entry) { values in
                for index in 0..<entry.count { values[index] = bound * (2 * Float(generator.nextUniform()) - 1) }
            }
        }
    }

    /// PEFT's names, in the order in which they lie in the buffer.
    static func parameterList(
        _ configuration: LoRAConfiguration, model: ModelConfiguration
    ) -> [(name: String, shape: [Int], decays: Bool)] {
        (0..<model.layerCount).flatMap { layer in
            LoRAConfiguration.Target.allCases.filter(configuration.targets.contains).flatMap { target in
                let shape = model.shape(of: target)
                let names = names(target, layer: layer)
                return [
                    (names.down, [configuration.rank, shape[1]], true),
                    (names.up, [shape[0], configuration.rank], true),
                ]
            }
        }
    }

    private static let downSuffix = ".lora_A.weight"

    private static func names(_ target: LoRAConfiguration.Target, layer: Int) -> (down: String, up: String) {
        let module = "base_model.model." + TensorNames(layer: layer).module(target)
        return (module + downSuffix, module + ".lora_B.weight")
    }

    /// The adapters of projections that are computed as one.
    func adapters(of targets: [LoRAConfiguration.Target], layer: Int) -> [LowRankAdapter] {
        var adapters: [LowRankAdapter] = []
        var start = 0
        for target in targets {
            let count = model.shape(of: target)[0]
            if configuration.targets.contains(target) {
                let names = Self.names(target, layer: layer)
                adapters.append(
                    LowRankAdapter(
                        down: parameters.tensor(names.down), up: parameters.tensor(names.up),
                        outputs: start..<start + count, scale: configuration.scale))
            }
            start += count
        }
        return adapters
    }

    /// Adds scale * B A to a weight's values; nothing where it has no adapter.
    func merge(into values: inout [Float], of name: String) {
        let module = name.hasSuffix(".weight") ? name.dropLast(".weight".count) : name[...]
        guard let up = parameters.find("base_model.model.\(module).lora_B.weight"),
            let down = parameters.find("base_model.model.\(module)\(Self.downSuffix)")
        else { return }
        let (output, rank, input) = (up.shape[0], up.shape[1], down.shape[1])
        values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            BLAS.multiplyInParallel(
                .plain(parameters.storage.pointer + up.offset, stride: rank),
                .plain(parameters.storage.pointer + down.offset, stride: input), into: base, stride: input, m: output,
                n: input, k: rank, alpha: configuration.scale, beta: 1)
        }
    }
}
