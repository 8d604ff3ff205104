import Foundation

/// `adapter_config.json`, as PEFT writes it.
struct AdapterFile: Codable, Equatable {
    static let name = "adapter_config.json"
    static let weightsName = "adapter_model.safetensors"

    /// The folder (or .gguf file) of the frozen model.
    var base: String
    var lora: LoRAConfiguration

    init(base: String, lora: LoRAConfiguration) {
        self.base = base
        self.lora = lora
    }

    private enum CodingKeys: String, CodingKey {
        case base = "base_model_name_or_path"
        case kind = "peft_type"
        case task = "task_type"
        case rank = "r"
        case alpha = "lora_alpha"
        case targets = "target_modules"
        case dropout = "lora_dropout"
        case bias
        case isTransposed = "fan_in_fan_out"
        case isForInference = "inference_mode"
        case usesRankStabilisation = "use_rslora"
        case usesWeightDecomposition = "use_dora"
        case savedModules = "modules_to_save"
        case rankPattern = "rank_pattern"
        case alphaPattern = "alpha_pattern"
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(base, forKey: .base)
        try values.encode("LORA", forKey: .kind)
        try values.encode("CAUSAL_LM", forKey: .task)
        try values.encode(lora.rank, forKey: .rank)
        try values.encode(lora.alpha, forKey: .alpha)
        try values.encode(lora.targets, forKey: .targets)
        try values.encode(0, forKey: .dropout)
        try values.encode("none", forKey: .bias)
        try values.encode(false, forKey: .isTransposed)
        try values.encode(true, forKey: .isForInference)
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func refuse(_ key: CodingKeys, _ message: String) -> ModelError {
            ModelError("'\(key.rawValue)' \(message)")
        }
        let kind = try values.decode(String.self, forKey: .kind)
        guard kind == "LORA" else { throw refuse(.kind, "is \(kind); LORA alone is supported") }
        for key in [CodingKeys.usesRankStabilisation, .usesWeightDecomposition, .isTransposed]
        where try values.decodeIfPresent(Bool.self, forKey: key) == true {
            throw refuse(key, "is true, which is not supported")
        }
        if let bias = try values.decodeIfPresent(String.self, forKey: .bias), bias != "none" {
            throw refuse(.bias, "is \(bias); adapters without trained biases are supported")
        }
        if let modules = try values.decodeIfPresent([String].self, forKey: .savedModules), !modules.isEmpty {
            throw refuse(.savedModules, "is \(modules); whole modules beside the adapters are not supported")
        }
        if let ranks = try values.decodeIfPresent([String: Int].self, forKey: .rankPattern), !ranks.isEmpty {
            throw refuse(.rankPattern, "is not empty; one rank for all layers is supported")
        }
        if let alphas = try values.decodeIfPresent([String: Float].self, forKey: .alphaPattern), !alphas.isEmpty {
            throw refuse(.alphaPattern, "is not empty; one alpha for all layers is supported")
        }
        base = try values.decode(String.self, forKey: .base)
        let names = try values.decode([String].self, forKey: .targets)
        let targets = try names.map { name in
            guard let target = LoRAConfiguration.Target(rawValue: name) else {
                let known = LoRAConfiguration.Target.allCases.map(\.rawValue).joined(separator: ", ")
                throw refuse(.targets, "names \(name); known are \(known)")
            }
            return target
        }
        lora = LoRAConfiguration(
            rank: try values.decode(Int.self, forKey: .rank), alpha: try values.decode(Float.self, forKey: .alpha),
            // In one order, whatever the file's.
            targets: LoRAConfiguration.Target.allCases.filter(targets.contains))
        try lora.validate()
    }
}
