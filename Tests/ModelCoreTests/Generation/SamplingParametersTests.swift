import Foundation
import ModelCore
import Testing

struct SamplingParametersTests {
    @Test(arguments: [
        ("temperature", SamplingParameters(temperature: -0.1, maximumTokens: 1)),
        ("temperature", SamplingParameters(temperature: .nan, maximumTokens: 1)),
        ("topK", SamplingParameters(topK: 0, maximumTokens: 1)),
        ("topP", SamplingParameters(topP: 0, maximumTokens: 1)),
        ("topP", SamplingParameters(topP: 1.5, maximumTokens: 1)),
        ("minP", SamplingParameters(minP: -1, maximumTokens: 1)),
        ("maximumTokens", SamplingParameters(maximumTokens: 0)),
        ("stopSequences[1]", SamplingParameters(maximumTokens: 1, stopSequences: ["a", ""])),
    ])
    func namesTheFieldOutOfRange(_ field: String, _ parameters: SamplingParameters) {
        let error = #expect(throws: GenerationError.self) { try parameters.validate() }
        #expect(error?.description.hasPrefix("sampling.\(field) ") == true)
    }

    @Test func acceptsTheEdgesOfItsRanges() throws {
        try SamplingParameters(temperature: 0, topK: 1, topP: 1, minP: 1, maximumTokens: 1).validate()
        try SamplingParameters(minP: 0, maximumTokens: 1, stopSequences: ["\n"]).validate()
    }

    @Test func readsJSONWithDefaults() throws {
        let parameters = try JSONDecoder().decode(
            SamplingParameters.self, from: Data(#"{"maximumTokens": 64, "topP": 0.95}"#.utf8))
        #expect(parameters == SamplingParameters(temperature: 1, topP: 0.95, maximumTokens: 64))
    }
}
