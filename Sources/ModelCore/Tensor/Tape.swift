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
    ///
    /// - Parameter recompute: makes the values again where it costs little; see ``Tensor/discardValues()``.
    func result(
        shape: [Int], buffer: Buffer, of inputs: [Tensor], recompute: (() -> Buffer)? = nil,
        backward: @escaping (_ result: Tensor) -> Void
    ) -> Tensor {
        let needed = isRecording && inputs.contains { $0.requiresGradient }
        let result = Tensor(
            shape: shape, buffer: buffer, requiresGradient: needed, recompute: isRecording ? recompute : nil)
        if needed {
            backwards.append {
                backward(result)
                result.dropGradient()
            }
        }
        return result
    }

    /// Runs `body` without keeping its intermediate results, and once more, recording, when backward comes to it (Chen et al. 2016, arXiv
    /// 1604.06174): a layer's memory for a third more time. The numbers are the same.
    func checkpointed(_ x: Tensor, _ body: @escaping (Tape, Tensor) throws -> Tensor) throws -> Tensor {
        let output = try body(Tape(recording: false), x)
        guard isRecording else { return output }
        // Whether or not x needs a gradient, parameters that body reads may.
        let result = Tensor(shape: output.shape, buffer: output.buffer, requiresGradient: true)
        backwards.append {
            let again = Tape(recording: true)
            let input = Tensor(
                shape: x.shape, buffer: x.buffer, gradient: x.requiresGradient ? x.takeGradient() : nil,
                requiresGradient: x.requiresGradient)
            do {
                let output = try body(again, input)
                output.giveGradient(result.takeGradient())
            } catch {
                preconditionFailure("what ran forward cannot fail when it runs again: \(error)")
            }
            again.backward()
            if x.requiresGradient { x.giveGradient(input.takeGradient()) }
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
