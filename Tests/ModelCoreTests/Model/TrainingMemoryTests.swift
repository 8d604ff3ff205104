import Foundation
import ModelCore
import TestSupport
import Testing

/// What a step takes it gives back: memory does not grow over a run.
struct TrainingMemoryTests {
    @Test func aThousandStepsTakeNoMoreMemoryThanTheFirst() throws {
        let model = try TinyModel.make()
        let optimizer = AdamW(parameters: model.parameters, configuration: AdamWConfiguration(learningRate: 1e-4))
        // Batches of different shapes in turn, as in training.
        let forests = [
            ExampleForests.several(), ExampleForests.trajectory(group: 5),
            ExampleForests.trajectory(group: 2, start: 7),
        ]
        func step(_ number: Int) throws {
            let forest = forests[number % forests.count]
            let predictions = forest.segments.indices.flatMap(forest.predictions(of:))
            model.parameters.zeroGradients()
            _ = try model.accumulateGradients(of: predictions, in: forest) { _ in
                predictions.map { _ in -1 / Float(predictions.count) }
            }
            model.parameters.clipGradients(maximumNorm: 1)
            optimizer.step(learningRate: 1e-4)
        }
        for number in 0..<20 { try step(number) }
        // Other tests may run in this process at the same time and take memory of their own, but something that each step lost
        // would show in every window.
        var pool: [Int] = []
        var resident: [Int] = []
        for window in 0..<20 {
            let before = (BufferPool.shared.bytes, try Self.residentBytes())
            for number in window * 50..<(window + 1) * 50 { try step(number) }
            pool.append(BufferPool.shared.bytes - before.0)
            resident.append(try Self.residentBytes() - before.1)
        }
        #expect(pool.contains(0), "the pool grew in every window: \(pool)")
        #expect(resident.contains { $0 <= 0 }, "the process grew in every window: \(resident)")
    }

    /// From /proc/self/statm, in pages.
    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        let pages = try #require(fields.dropFirst().first.flatMap { Int($0) })
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
