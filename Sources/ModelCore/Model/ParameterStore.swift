import CKernels

/// All parameters of a model in one buffer and their gradients in another, with named views.
///
/// A checkpoint is one pass over the entries, the optimiser one loop over the buffer, the global norm one sum. Parameters that are frozen have
/// no gradients, and their matrices may be stored as BF16, in a buffer of their own.
public final class ParameterStore {
    public struct Entry: Sendable, Equatable {
        /// The Hugging Face tensor name, such as `model.layers.0.self_attn.q_proj.weight`.
        public let name: String
        /// As the checkpoint has it: a weight is [out, in].
        public let shape: [Int]
        /// Where it begins in its buffer, in elements.
        public let offset: Int
        /// Whether AdamW decays it: weights yes, norms and biases no.
        public let decays: Bool
        /// How it is stored.
        public let precision: WeightPrecision

        public var count: Int { shape.reduce(1, *) }
    }

    public let entries: [Entry]
    /// The number of parameters.
    public let count: Int
    /// Float32 values.
    let storage: Buffer
    /// BF16 values.
    private let halves: HalfBuffer
    private let gradientBuffer: Buffer?
    private let index: [String: Int]

    /// - Parameters:
    ///   - precision: of matrices; vectors are always Float32.
    ///   - isTrainable: whether there are gradients. What is trained is Float32.
    init(
        _ list: [(name: String, shape: [Int], decays: Bool)], precision: WeightPrecision = .float32,
        isTrainable: Bool = true
    ) {
        precondition(precision == .float32 || !isTrainable, "BF16 parameters are not trained")
        var entries: [Entry] = []
        var sizes: [WeightPrecision: Int] = [:]
        for item in list {
            let stored = item.decays ? precision : .float32
            let entry = Entry(
                name: item.name, shape: item.shape, offset: sizes[stored, default: 0], decays: item.decays,
                precision: stored)
            entries.append(entry)
            sizes[stored, default: 0] += entry.count
        }
        self.entries = entries
        count = sizes.values.reduce(0, +)
        storage = Buffer.zeros(sizes[.float32] ?? 0)
        halves = HalfBuffer(count: sizes[.bfloat16] ?? 0)
        gradientBuffer = isTrainable ? Buffer.zeros(count) : nil
        index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0.element.name, $0.offset) })
    }

    public var isTrainable: Bool { gradientBuffer != nil }

    var gradients: Buffer {
        guard let gradientBuffer else { preconditionFailure("the parameters are frozen and have no gradients") }
        return gradientBuffer
    }

    /// - Throws: ``ModelError`` when there is no such parameter.
    public func entry(_ name: String) throws -> Entry {
        guard let entry = find(name) else { throw ModelError("the model has no parameter '\(name)'") }
        return entry
    }

    func find(_ name: String) -> Entry? { index[name].map { entries[$0] } }

    /// The values of a parameter, in the entry's shape.
    public func values(_ name: String) throws -> [Float] {
        let entry = try entry(name)
        return [Float](unsafeUninitializedCapacity: entry.count) { buffer, initialized in
            if let base = buffer.baseAddress { copy(entry, into: base) }
            initialized = entry.count
        }
    }

    /// Copies an entry's values, widened.
    private func copy(_ entry: Entry, into target: UnsafeMutablePointer<Float>) {
        switch entry.precision {
        case .float32: target.update(from: storage.pointer + entry.offset, count: entry.count)
        case .bfloat16: HalfPrecision.readBFloat16(halves.pointer + entry.offset, count: entry.count, into: target)
        }
    }

    /// Has `read` fill an entry's values; BF16 rounds them to the nearest.
    func fill(_ entry: Entry, by read: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
        switch entry.precision {
        case .float32: try read(storage.pointer + entry.offset)
        case .bfloat16:
            let wide = Buffer(count: entry.count)
            try read(wide.pointer)
            HalfPrecision.writeBFloat16(wide.pointer, count: entry.count, into: halves.pointer + entry.offset)
        }
    }

    /// - Throws: ``ModelError`` when the number of values differs from the entry's. BF16 rounds them to the nearest.
    public func setValues(_ name: String, _ values: [Float]) throws {
        let entry = try entry(name)
        guard values.count == entry.count else {
            throw ModelError("'\(name)' has shape \(entry.shape), and \(values.count) values were given")
        }
        fill(entry) { $0.update(from: values, count: values.count) }
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
    public func snapshot() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if var place = buffer.baseAddress {
                for entry in entries {
                    copy(entry, into: place)
                    place += entry.count
                }
            }
            initialized = count
        }
    }

    /// - Throws: ``ModelError`` when the number of values differs.
    public func restore(_ values: [Float]) throws {
        guard values.count == count else {
            throw ModelError("a snapshot of \(values.count) values for a model of \(count) parameters")
        }
        var start = 0
        for entry in entries {
            fill(entry) { target in
                for index in 0..<entry.count { target[index] = values[start + index] }
            }
            start += entry.count
        }
    }

    /// A Float32 parameter in its entry's shape.
    func tensor(_ name: String) -> Tensor {
        guard let entry = find(name), entry.precision == .float32 else {
            preconditionFailure("no Float32 parameter \(name)")
        }
        return tensor(shape: entry.shape, offset: entry.offset)
    }

    /// Vectors that lie one after the other, as one.
    func vector(_ names: [String]) -> Tensor {
        let place = neighbours(names)
        return tensor(shape: [place.rows], offset: place.offset)
    }

    /// Matrices that lie one after the other, as one: the query, key and value projections are one GEMM.
    ///
    /// - Precondition: the entries are neighbours in the buffer and agree in all but the first dimension.
    func matrix(_ names: [String]) -> WeightMatrix {
        let place = neighbours(names)
        switch place.precision {
        case .float32: return WeightMatrix(tensor(shape: [place.rows, place.columns], offset: place.offset))
        case .bfloat16:
            return WeightMatrix(
                bfloat16: halves.pointer + place.offset, rows: place.rows, columns: place.columns, owner: halves)
        }
    }

    private func tensor(shape: [Int], offset: Int) -> Tensor {
        let size = shape.reduce(1, *)
        return Tensor(
            shape: shape, buffer: Buffer(viewing: storage.pointer + offset, count: size, owner: storage),
            gradient: gradientBuffer.map { Buffer(viewing: $0.pointer + offset, count: size, owner: $0) },
            requiresGradient: isTrainable)
    }

    private func neighbours(_ names: [String]) -> (offset: Int, rows: Int, columns: Int, precision: WeightPrecision) {
        let found = names.map { name in
            guard let entry = find(name) else { preconditionFailure("no parameter \(name)") }
            return entry
        }
        guard let first = found.first else { preconditionFailure("no names") }
        var rows = 0
        let columns = first.shape.dropFirst().reduce(1, *)
        for entry in found {
            precondition(
                entry.offset == first.offset + rows * columns && entry.precision == first.precision,
                "\(names) are not neighbours")
            rows += entry.shape[0]
        }
        return (first.offset, rows, columns, first.precision)
    }
}
