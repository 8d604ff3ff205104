import ServiceKit
import Testing

@Suite struct ConfigurationDifferenceTests {
    private struct Sample: Encodable {
        var seed = 1
        var name: String?
        var stages = [Stage()]
        struct Stage: Encodable {
            var steps = 5
            var rates = [0.1, 0.2]
        }
    }

    @Test func namesTheKeysOnly() throws {
        func keys(_ change: (inout Sample) -> Void) throws -> [String] {
            var other = Sample()
            change(&other)
            return try ConfigurationDifference.keys(from: Sample(), to: other)
        }
        #expect(try keys { _ in } == [])
        #expect(try keys { $0.seed = 2 } == ["seed"])
        #expect(try keys { $0.name = "x" } == ["name"])
        #expect(
            try keys {
                $0.seed = 2
                $0.stages[0].rates[1] = 0.3
            } == ["seed", "stages[0].rates[1]"])
        #expect(try keys { $0.stages.append(.init()) } == ["stages"])
    }
}
