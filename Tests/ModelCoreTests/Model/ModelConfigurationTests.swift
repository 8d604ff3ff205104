import Foundation
import ModelCore
import Testing

/// config.json as transformers 4 and 5 write it.
struct ModelConfigurationTests {
    private func decode(_ changes: [String: Any], type: String = "llama") throws -> ModelConfiguration {
        var object: [String: Any] = [
            "model_type": type, "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
            "num_attention_heads": 4, "max_position_embeddings": 4096,
        ]
        for (key, value) in changes { object[key] = value }
        let configuration = try JSONDecoder().decode(
            ModelConfiguration.self, from: JSONSerialization.data(withJSONObject: object))
        try configuration.validate()
        return configuration
    }

    private let llama3: [String: Any] = [
        "rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    ]

    @Test func readsTheScalingWhereEitherVersionKeepsIt() throws {
        let wanted = RopeScaling.llama3(
            factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192)
        let older = try decode(["rope_theta": 500_000, "rope_scaling": llama3])
        let newer = try decode(["rope_parameters": llama3.merging(["rope_theta": 500_000.0]) { $1 }])
        #expect(older == newer)
        #expect(older.ropeTheta == 500_000)
        #expect(older.ropeScaling == wanted)
        #expect(try decode(["rope_scaling": ["type": "linear", "factor": 2]]).ropeScaling == .linear(factor: 2))
        #expect(try decode(["rope_scaling": NSNull()]).ropeScaling == nil)
        #expect(try decode(["rope_parameters": ["rope_type": "default", "rope_theta": 7]]).ropeTheta == 7)
    }

    @Test func fillsInWhatTheFamilyImplies() throws {
        let llama = try decode([:])
        #expect(llama.headDimension == 16 && llama.keyValueHeadCount == 4 && !llama.tieWordEmbeddings)
        #expect(llama.ropeTheta == 10_000 && llama.rmsNormEpsilon == 1e-6)
        #expect(try decode([:], type: "qwen3").headDimension == 128)
        #expect(try decode(["head_dim": 32], type: "qwen3").headDimension == 32)
        #expect(try decode(["head_dim": NSNull()]).headDimension == 16)
        #expect(try decode(["eos_token_id": [11, 12]]).eosTokenID == 11)
        let yarn = try decode([
            "rope_scaling": ["rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 9]
        ])
        #expect(yarn.ropeScaling == .yarn(RopeScaling.Yarn(factor: 4, originalPositions: 9)))
    }

    @Test(arguments: [
        RopeScaling.linear(factor: 2), .dynamic(factor: 3),
        .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192),
        .yarn(.init(factor: 4, originalPositions: 32, attentionFactor: 1.5, betaFast: 8, truncates: false)),
    ])
    func readsWhatItWrites(_ scaling: RopeScaling) throws {
        for type in ["llama", "qwen2", "qwen3"] {
            var configuration = try decode(["rope_theta": 1e6], type: type)
            configuration.ropeScaling = scaling
            let data = try JSONEncoder().encode(configuration)
            #expect(try JSONDecoder().decode(ModelConfiguration.self, from: data) == configuration)
        }
    }

    @Test(arguments: [
        (#"{"rope_scaling": {"rope_type": "longrope"}}"#, "rope scaling of type 'longrope' is not supported"),
        (#"{"rope_scaling": {"rope_type": "linear"}}"#, "rope_scaling of type 'linear' needs factor"),
        (#"{"rope_scaling": {"rope_type": "linear", "factor": 0.5}}"#, "rope_scaling: factor is 0.5"),
        (
            #"{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1}}"#,
            "low_freq_factor 4.0 must be positive and below high_freq_factor 1.0"
        ),
        (#"{"partial_rotary_factor": 0.5}"#, "partial_rotary_factor 0.5 is not supported"),
        (#"{"use_sliding_window": true}"#, "sliding-window attention is not supported"),
        (#"{"layer_types": ["full_attention", "sliding_attention"]}"#, "sliding-window attention is not supported"),
        (#"{"hidden_act": "gelu"}"#, "hidden_act 'gelu' is not supported"),
        (#"{"model_type": "gemma"}"#, "model_type 'gemma' is not supported; llama, qwen2 and qwen3 are"),
        (#"{"rope_theta": 0}"#, "rope_theta is 0.0 and must be above 1"),
        (
            #"{"vocab_size": 9223372036854775807}"#,
            "vocab_size is 9223372036854775807, above the 16777216 that can be read"
        ),
        (#"{"num_hidden_layers": 1025}"#, "num_hidden_layers is 1025, above the 1024 that can be read"),
        (
            #"{"num_attention_heads": 65536, "head_dim": 512}"#,
            "num_attention_heads 65536 times head_dim 512 is above 16777216"
        ),
    ])
    func namesWhatItCannotRun(_ json: String, _ message: String) throws {
        let changes = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let error = #expect(throws: ModelError.self) { try decode(changes) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
}
