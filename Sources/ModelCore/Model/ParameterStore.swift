import CKernels

/// All parameters of a model in one buffer and their gradients in another, with named views.
///
/// A checkpoint is one pass over the entries, the optimiser one loop over the buffer, the global norm one sum.
public final class ParameterStore {
    public struct Entry: Sendable, Equatable {
        /// The Hugging Face tensor name, such as `model.layers.0.self_attn.q_proj.weight`.
        public let name: String
        /// As the checkpoint has it: a weight is [out, in].
        public let shape: [Int]
        /// Where it begins in the buffer, in elements.
        public let offset: Int
        /// Whether AdamW decays it: weights yes, norms and biases no.
        public let decays: Bool

        public var count: Int { shape.reduce(1, *) }
    }

    public let entries: [Entry]
    /// The number of parameters.
    public let count: Int
    let storage: Buffer
    let gradients: Buffer
    private let index: [String: Int]

    init(_ list: [(name: String, shape: [Int], decays: Bool)]) {
        var entries: [Entry] = []
        var offset = 0
        for item in list {
            let entry = Entry(name: item.name, shape: item.shape, offset: offset, decays: item.decays)
            entries.append(entry)
            offset += entry.count
        }
        self.entries = entries
        count = offset
        storage = Buffer.zeros(offset)
        gradients = Buffer.zeros(offset)
        index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// - Throws: ``ModelError`` when there is no such parameter.
    public func entry(_ name: String) throws -> Entry {
        guard let position = index[name] else { throw ModelError("the model has no parameter '\(name)'") }
        return entries[position]
    }

    /// The values of a parameter, in the entry's shape.
    public func values(_ name: String) throws -> [Float] {
        let entry = try entry(name)
        return Array(UnsafeBufferPointer(start: storage.pointer + entry.offset, count: entry.count))
    }

    /// - Throws: ``ModelError`` when the number of values differs from the entry's.
    public func setValues(_ name: String, _ values: [Float]) throws {
        let entry = try entry(name)
        guard values.count == entry.count else {
            throw ModelError("'\(name)' has shape \(entry.shape), and \(values.count) values were given")
        }
        (storage.pointer + entry.offset).update(from: values, count: values.count)
    }

    public func gradient(_ name: String) throws -> [Float] {
        let entry = try entry(name)
        return Array(UnsafeBufferPointer(start: gradients.pointer + entry.offset, count: entry.count))
    }

    public func zeroGradients() { gradients.pointer.update(repeating: 0, count: count) }

    public func scaleGradients(by factor: Float) { stepwise_scale(factor, gradients.pointer, count) }

    /// The Euclidean norm of all gradients together.
    public func gradientNorm() -> Float { Float(stepwise_sum_of_squares(gradients.pointer, count).squareRoot()) }

    /// Scales the gradients down to a global norm of at most `maximumNorm`, as PyTorch's `clip_grad_norm_` does.
    ///
    /// - Returns: the norm before.
    @discardableResult
    public func clipGradients(maximumNorm: Float) -> Float {
        let norm = gradientNorm()
        if norm > maximumNorm { scaleGradients(by: maximumNorm / (norm + 1e-6)) }
        return norm
    }

    /// All values, in the entries' order.
    public func snapshot() -> [Float] { Array(UnsafeBufferPointer(start: storage.pointer, count: count)) }

    /// - Throws: ``ModelError`` when the number of values differs.
    public func restore(_ values: [Float]) throws {
        guard values.count == count else {
            throw ModelError("a snapshot of \(values.count) values for a model of \(count) parameters")
        }
        storage.pointer.update(from: values, count: count)
    }

    /// Parameters that lie one after the other, as one matrix: the query, key and value projections are one GEMM.
    ///
    /// - Precondition: the entries are neighbours in the buffer and agree in all but the first dimension.
    func view(_ names: [String]) -> Tensor {
        var rows = 0
        var rest: [Int] = []
        var start = 0
        for (position, name) in names.enumerated() {
            guard let entry = index[name].map({ entries[$0] }) else { preconditionFailure("no parameter \(name)") }
            if position == 0 { (start, rest) = (entry.offset, Array(entry.shape.dropFirst())) }
            precondition(entry.offset == start + rows * rest.reduce(1, *), "\(names) are not neighbours")
            rows += entry.shape[0]
        }
        let shape = [rows] + rest
        let size = shape.reduce(1, *)
        return Tensor(
            shape: shape, buffer: Buffer(viewing: storage.pointer + start, count: size, owner: storage),
            gradient: Buffer(viewing: gradients.pointer + start, count: size, owner: gradients),
            requiresGradient: true)
    }
}
