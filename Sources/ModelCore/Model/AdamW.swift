import CKernels
import Foundation

public struct AdamWConfiguration: Codable, Sendable, Equatable {
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var weightDecay: Float

    public init(
        learningRate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }
}

/// Adam with decoupled weight decay and bias correction (Loshchilov and Hutter 2019, arXiv 1711.05101), as PyTorch computes it. Norms
/// and biases are not decayed.
public final class AdamW {
    public private(set) var configuration: AdamWConfiguration
    public private(set) var stepCount = 0
    private let parameters: ParameterStore
    private let first: Buffer
    private let second: Buffer

    public init(parameters: ParameterStore, configuration: AdamWConfiguration) {
        self.parameters = parameters
        self.configuration = configuration
        first = Buffer.zeros(parameters.count)
        second = Buffer.zeros(parameters.count)
    }

    /// Forgets all steps, as a new optimiser in the same memory.
    public func restart(_ configuration: AdamWConfiguration) {
        self.configuration = configuration
        stepCount = 0
        first.pointer.update(repeating: 0, count: first.count)
        second.pointer.update(repeating: 0, count: second.count)
    }

    /// One update from the gradients in `parameters`, which stay as they are.
    public func step(learningRate: Float) {
        stepCount += 1
        let correction1 = Float(1 - pow(Double(configuration.beta1), Double(stepCount)))
        let correction2 = Float(1 - pow(Double(configuration.beta2), Double(stepCount)))
        let (values, gradients) = (parameters.storage.pointer, parameters.gradients.pointer)
        for entry in parameters.entries {
            let decay = entry.decays ? configuration.weightDecay : 0
            Parallel.ranges(entry.count, grain: Kernels.parallelGrain) { range in
                let start = entry.offset + range.lowerBound
                stepwise_adamw(
                    values + start, gradients + start, first.pointer + start, second.pointer + start, range.count,
                    learningRate, configuration.beta1, configuration.beta2, configuration.epsilon, decay, correction1,
                    correction2)
            }
        }
    }

    /// The moving average of a parameter's gradient.
    public func firstMoment(of entry: ParameterStore.Entry) -> [Float] { values(first, of: entry) }

    /// The moving average of its square.
    public func secondMoment(of entry: ParameterStore.Entry) -> [Float] { values(second, of: entry) }

    private func values(_ buffer: Buffer, of entry: ParameterStore.Entry) -> [Float] {
        Array(UnsafeBufferPointer(start: buffer.pointer + entry.offset, count: entry.count))
    }

    /// Continues where another optimiser was after `stepCount` steps.
    ///
    /// - Parameter moments: asked for each parameter.
    /// - Throws: ``ModelError`` naming a parameter whose moments have another size; what `moments` throws.
    public func restore(
        stepCount: Int, moments: (ParameterStore.Entry) throws -> (first: [Float], second: [Float])
    ) throws {
        for entry in parameters.entries {
            let values = try moments(entry)
            guard values.first.count == entry.count, values.second.count == entry.count else {
                throw ModelError(
                    "'\(entry.name)' has \(entry.count) values, and its moments \(values.first.count) and \(values.second.count)"
                )
            }
            (first.pointer + entry.offset).update(from: values.first, count: entry.count)
            (second.pointer + entry.offset).update(from: values.second, count: entry.count)
        }
        self.stepCount = stepCount
    }
}
