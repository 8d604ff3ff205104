/// Records operations as they run, and runs their derivatives in reverse.
///
/// Operations are coarse (a linear layer, attention over a forest), so a step records some ten entries a layer. Each one is an
/// extension of this class in `Operations/`, forward and backward side by side. Backward accumulates into gradients; zeroing them is the
/// caller's. A tape that does not record keeps nothing alive, so intermediate results are reused as soon as they are no longer needed.
public final class Tape {
    /// Whether operations are recorded.
    public let isRecording: Bool
    private var backwards: [() -> Void] = []

    public init(recording: Bool) { isRecording = recording }

    /// The result of an operation on `inputs`, and how its gradient flows back to them. `backward` is not kept when no input needs a gradient.
    func result(
        shape: [Int], buffer: Buffer, of inputs: [Tensor], backward: @escaping (_ result: Tensor) -> Void
    ) -> Tensor {
        let needed = isRecording && inputs.contains { $0.requiresGradient }
        let result = Tensor(shape: shape, buffer: buffer, requiresGradient: needed)
        if needed {
            backwards.append {
                backward(result)
                result.dropGradient()
            }
        }
        return result
    }

    /// Records a derivative that has no tensor of its own, such as a loss's.
    func record(_ backward: @escaping () -> Void) {
        if isRecording { backwards.append(backward) }
    }

    /// Runs all derivatives, last operation first, and forgets them.
    public func backward() {
        while let last = backwards.popLast() { last() }
    }

    /// Runs backward from `tensor` with the given gradient of the loss with respect to it.
    ///
    /// - Throws: ``TensorError`` when the gradient's shape differs.
    public func backward(from tensor: Tensor, gradient: [Float]) throws {
        guard gradient.count == tensor.count else {
            throw TensorError(
                "backward", "a gradient of \(gradient.count) values for a tensor of shape \(tensor.shape)")
        }
        let pointer = tensor.gradientPointer
        for index in gradient.indices { pointer[index] += gradient[index] }
        backward()
    }
}
