import ModelCore
import TestSupport
import Testing

/// Decoding from weights that are rounded to BFloat16.
struct DecoderPrecisionTests {
    @Test func roundedWeightsGiveWhatAModelOfRoundedWeightsGives() throws {
        let model = try TinyModel.make(seed: 2)
        let rounded = try TinyModel.make(seed: 2)
        for entry in rounded.parameters.entries where entry.decays && !entry.name.contains("embed_tokens") {
            // To the nearest, ties to even.
            let values = try rounded.parameters.values(entry.name).map { value in
                let bits = value.bitPattern
                return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
            }
            try rounded.parameters.setValues(entry.name, values)
        }
        func hidden(_ model: CausalLanguageModel, _ precision: WeightPrecision) throws -> [Float] {
            let decoder = try ForestDecoder(model: model, precision: precision)
            return try decoder.logits(after: decoder.add([([1, 5, 9, 2], nil)])[0])
        }
        let exact = try hidden(model, .float32)
        let halves = try hidden(model, .bfloat16)
        #expect(exact != halves)
        // The tied output matrix is rounded as decoding reads it, and the embedding is not; so both sides are asked for halves.
        #expect(try hidden(rounded, .bfloat16) == halves)
        for (one, other) in zip(exact, halves) { #expect(abs(one - other) < 0.2) }
    }
}
