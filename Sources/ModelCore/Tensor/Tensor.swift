/// A row-major Float32 array with a shape, and the gradient of a loss with respect to it once a ``Tape`` has run backward.
///
/// Not Sendable: tensors belong to the thread that runs their model.
public final class Tensor {
    public let shape: [Int]
    public let count: Int
    private var storage: Buffer?
    private let recompute: (() -> Buffer)?
    package private(set) var gradientBuffer: Buffer?
    /// Whether backward computes a gradient for it.
    public let requiresGradient: Bool

    /// - Parameter recompute: makes the values again, to the bit, after ``discardValues()``.
    package init(
        shape: [Int], buffer: Buffer, gradient: Buffer? = nil, requiresGradient: Bool,
        recompute: (() -> Buffer)? = nil
    ) {
        precondition(shape.reduce(1, *) == buffer.count, "shape \(shape) over \(buffer.count) values")
        self.shape = shape
        count = buffer.count
        storage = buffer
        self.recompute = recompute
        self.gradientBuffer = gradient
        self.requiresGradient = requiresGradient
    }

    /// A tensor of given values.
    ///
    /// - Throws: ``TensorError`` when the number of values is not the product of the shape.
    public convenience init(_ values: [Float], shape: [Int], requiresGradient: Bool = false) throws {
        guard shape.allSatisfy({ $0 >= 0 }), values.count == shape.reduce(1, *) else {
            throw TensorError("Tensor", "\(values.count) values for shape \(shape)")
        }
        let buffer = Buffer(count: values.count)
        buffer.pointer.update(from: values, count: values.count)
        self.init(shape: shape, buffer: buffer, requiresGradient: requiresGradient)
    }

    /// The values' storage; values that were discarded are computed again.
    package var buffer: Buffer {
        if let storage { return storage }
        guard let made = recompute?() else { preconditionFailure("the values of a tensor \(shape) were discarded") }
        storage = made
        return made
    }

    /// Gives the values' storage back: for results that no derivative reads, or that are cheaper to compute again than to keep.
    func discardValues() { storage = nil }

    /// The values, row-major.
    public var values: [Float] { Array(UnsafeBufferPointer(start: buffer.pointer, count: count)) }

    /// The gradient, row-major; zeros where none has flowed yet.
    public var gradient: [Float] {
        guard let gradientBuffer else { return [Float](repeating: 0, count: count) }
        return Array(UnsafeBufferPointer(start: gradientBuffer.pointer, count: count))
    }

    /// Rows and columns, with all leading dimensions taken as rows.
    var rows: Int { shape.dropLast().reduce(1, *) }
    var columns: Int { shape.last ?? 1 }

    var pointer: UnsafeMutablePointer<Float> { buffer.pointer }

    /// Where backward adds to: made of zeros on first use.
    var gradientPointer: UnsafeMutablePointer<Float> {
        if let gradientBuffer { return gradientBuffer.pointer }
        let made = Buffer(count: count)
        Parallel.zero(made.pointer, count: count)
        gradientBuffer = made
        return made.pointer
    }

    /// Where backward writes to, and whether it must add to what is there: on first use the storage holds nothing yet.
    func gradientForWriting() -> (pointer: UnsafeMutablePointer<Float>, holdsValues: Bool) {
        if let gradientBuffer { return (gradientBuffer.pointer, true) }
        let made = Buffer(count: count)
        gradientBuffer = made
        return (made.pointer, false)
    }

    /// Adds the gradient of a result that equals this tensor and will not be asked for its gradient again: takes it over where there
    /// is none yet.
    func adoptGradient(of result: Tensor) {
        guard let added = result.gradientBuffer else { return }
        guard gradientBuffer != nil else {
            gradientBuffer = added
            return
        }
        let (from, to) = (added.pointer, gradientPointer)
        Parallel.ranges(count, grain: Kernels.parallelGrain) { range in
            Kernels.add(from + range.lowerBound, to: to + range.lowerBound, count: range.count)
        }
    }

    /// Takes the gradient away: zeros where none has flowed yet.
    func takeGradient() -> Buffer {
        let taken = gradientBuffer ?? Buffer.zeros(count)
        gradientBuffer = nil
        return taken
    }

    /// Sets a gradient that another tensor of the same shape has collected.
    func giveGradient(_ gradient: Buffer) {
        precondition(gradient.count == count, "a gradient of \(gradient.count) values for shape \(shape)")
        gradientBuffer = gradient
    }

    /// Gives the gradient's storage back early: nobody upstream will read it again.
    func dropGradient() { gradientBuffer = nil }
}
