import ModelCore
import Testing
import Training

@Suite struct TrainerConfigurationTests {
    private func message(_ change: (inout TrainerConfiguration) -> Void) throws -> String {
        var configuration = try SmallRun().configuration
        change(&configuration)
        do {
            try configuration.validate()
        } catch {
            return error.description
        }
        return ""
    }

    @Test func namesTheKeyThatMakesNoSense() throws {
        #expect(try message { _ in } == "")
        #expect(try message { $0.phases = [] } == "'phases' is empty: there is nothing to train")
        #expect(try message { $0.phases[1].grpo.groupSize = 1 }.hasPrefix("'phases[1].grpo.groupSize' is 1"))
        #expect(try message { $0.phases[0].portion = [0.5, 0.2] }.hasPrefix("'phases[0].portion' is [0.5, 0.2]"))
        #expect(
            try message { $0.phases[1].grpo.sampling.temperature = 0 }.hasPrefix(
                "'phases[1].grpo.sampling.temperature'"))
        #expect(try message { $0.reward.urls = [] }.hasPrefix("'reward.urls' is empty"))
        #expect(try message { $0.model.checkpoint = "somewhere" }.hasPrefix("'model' needs either"))
    }
}
