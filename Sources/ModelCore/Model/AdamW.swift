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

/// What AdamW remembers: in the order of the parameter buffer.
public struct AdamWState: Sendable, Equatable {
    public var firstMoment: [Float]
    public var secondMoment: [Float]
    public var stepCount: Int

    public init(firstMoment: [Float], secondMoment: [Float], stepCount: Int) {
        self.firstMoment = firstMoment
        self.secondMoment = secondMoment
        self.stepCount = stepCount
    }
}

/// Adam with decoupled weight decay and bias correction (Loshchilov and Hutter 2019, arXiv 1711.05101), as PyTorch computes it. Norms
/// and biases are not decayed.
public final class AdamW {
    public let configuration: AdamWConfiguration
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

    public func exportState() -> AdamWState {
        func array(_ buffer: Buffer) -> [Float] {
            Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
        }
        return AdamWState(firstMoment: array(first), secondMoment: array(second), stepCount: stepCount)
    }

    /// - Throws: ``ModelError`` when the state is of a model of another size.
    public func restore(_ state: AdamWState) throws {
        guard state.firstMoment.count == parameters.count, state.secondMoment.count == parameters.count else {
            throw ModelError(
                "an optimiser state of \(state.firstMoment.count) and \(state.secondMoment.count) values for a model of \(parameters.count) parameters"
            )
        }
        first.pointer.update(from: state.firstMoment, count: parameters.count)
        second.pointer.update(from: state.secondMoment, count: parameters.count)
        stepCount = state.stepCount
    }
}
