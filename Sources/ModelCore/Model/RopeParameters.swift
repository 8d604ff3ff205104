/// The object under config.json's `rope_scaling` or `rope_parameters`, as it stands there.
struct RopeParameters: Codable {
    var ropeType: String?
    /// What `rope_type` was called until 2024.
    var type: String?
    var ropeTheta: Double?
    var factor: Double?
    var partialRotaryFactor: Double?
    var originalPositions: Int?
    var lowFrequencyFactor: Double?
    var highFrequencyFactor: Double?
    var attentionFactor: Double?
    var betaFast: Double?
    var betaSlow: Double?
    var scale: Double?
    var scaleAllDimensions: Double?
    var truncates: Bool?

    private enum CodingKeys: String, CodingKey {
        case type, factor
        case ropeType = "rope_type"
        case ropeTheta = "rope_theta"
        case partialRotaryFactor = "partial_rotary_factor"
        case originalPositions = "original_max_position_embeddings"
        case lowFrequencyFactor = "low_freq_factor"
        case highFrequencyFactor = "high_freq_factor"
        case attentionFactor = "attention_factor"
        case betaFast = "beta_fast"
        case betaSlow = "beta_slow"
        case scale = "mscale"
        case scaleAllDimensions = "mscale_all_dim"
        case truncates = "truncate"
    }

    init(_ scaling: RopeScaling) {
        switch scaling {
        case .linear(let factor): (ropeType, self.factor) = ("linear", factor)
        case .dynamic(let factor): (ropeType, self.factor) = ("dynamic", factor)
        case .llama3(let factor, let low, let high, let original):
            (ropeType, self.factor, originalPositions) = ("llama3", factor, original)
            (lowFrequencyFactor, highFrequencyFactor) = (low, high)
        case .yarn(let yarn):
            (ropeType, factor, originalPositions) = ("yarn", yarn.factor, yarn.originalPositions)
            (attentionFactor, betaFast, betaSlow) = (yarn.attentionFactor, yarn.betaFast, yarn.betaSlow)
            (scale, scaleAllDimensions, truncates) = (yarn.scale, yarn.scaleAllDimensions, yarn.truncates)
        }
    }

    /// The scaling that is meant; nil for plain rotary embeddings.
    ///
    /// - Parameters:
    ///   - maximumPositions: the model's `max_position_embeddings`, which stands in for an original length that is not given.
    ///   - outerOriginal: `original_max_position_embeddings` beside this object, which goes before the one in it.
    /// - Throws: ``ModelError`` naming a key that is missing or a kind that is not supported.
    func scaling(maximumPositions: Int, outerOriginal: Int?) throws -> RopeScaling? {
        if let part = partialRotaryFactor, part != 1 {
            throw ModelError("config.json: partial_rotary_factor \(part) is not supported; whole heads are rotated")
        }
        let kind = ropeType ?? type ?? "default"
        func need<Value>(_ value: Value?, _ key: String) throws -> Value {
            guard let value else { throw ModelError("config.json: rope_scaling of type '\(kind)' needs \(key)") }
            return value
        }
        let original = outerOriginal ?? originalPositions ?? maximumPositions
        switch kind {
        case "default": return nil
        case "linear": return .linear(factor: try need(factor, "factor"))
        case "dynamic": return .dynamic(factor: try need(factor, "factor"))
        case "llama3":
            return .llama3(
                factor: try need(factor, "factor"), lowFrequencyFactor: try need(lowFrequencyFactor, "low_freq_factor"),
                highFrequencyFactor: try need(highFrequencyFactor, "high_freq_factor"), originalPositions: original)
        case "yarn":
            return .yarn(
                RopeScaling.Yarn(
                    factor: factor ?? Double(maximumPositions) / Double(original), originalPositions: original,
                    attentionFactor: attentionFactor, betaFast: betaFast ?? 32, betaSlow: betaSlow ?? 1, scale: scale,
                    scaleAllDimensions: scaleAllDimensions, truncates: truncates ?? true))
        default:
            throw ModelError(
                "config.json: rope scaling of type '\(kind)' is not supported; default, linear, dynamic, llama3 and yarn are"
            )
        }
    }
}
