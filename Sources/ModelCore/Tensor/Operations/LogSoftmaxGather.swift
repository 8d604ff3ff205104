import CKernels
import Foundation

/// Log-probabilities of predicted tokens, and the entropies of the distributions that they come from, in nats.
public struct PredictionScores: Sendable {
    public let logProbabilities: [Float]
    public let entropies: [Float]

    public init(logProbabilities: [Float], entropies: [Float]) {
        self.logProbabilities = logProbabilities
        self.entropies = entropies
    }
}

extension Tape {
    /// Rows of logits that are made at a time: 128 MiB of them, and 512 rows at most.
    static func logitsRows(vocabulary: Int) -> Int { max(64, min(512, (1 << 25) / vocabulary)) }

    /// log softmax(hidden * table^T / temperature) at predicted tokens, with the logits made a chunk of rows at a time: never [T, V].
    ///
    /// - Parameters:
    ///   - hidden: [R, d], one row for each row that predicts something.
    ///   - table: the output embedding [V, d].
    ///   - predictions: rows of `hidden` and tokens; a row may have several.
    ///   - loss: called once with the scores when the tape records; returns dLoss/d(log-probability) for each prediction. Its gradient
    ///     flows back when the tape runs backward.
    /// - Throws: ``TensorError`` for a token outside the vocabulary or a wrong number of derivatives; whatever `loss` throws.
    package func logSoftmaxGather(
        _ hidden: Tensor, table: Tensor, predictions: [Prediction], temperature: Float,
        loss: ((PredictionScores) throws -> [Float])? = nil
    ) throws -> PredictionScores {
        try logSoftmaxGather(
            hidden, table: WeightMatrix(table), predictions: predictions, temperature: temperature, loss: loss)
    }

    /// The same with a table of either precision.
    func logSoftmaxGather(
        _ hidden: Tensor, table: WeightMatrix, predictions: [Prediction], temperature: Float,
        loss: ((PredictionScores) throws -> [Float])? = nil
    ) throws -> PredictionScores {
        guard hidden.columns == table.columns else {
            throw TensorError.shapes(
                "logSoftmaxGather", hidden.shape, [table.rows, table.columns], "the last dimensions must be equal")
        }
        if let outside = predictions.first(where: { $0.token < 0 || $0.token >= table.rows }) {
            throw TensorError("logSoftmaxGather", "token \(outside.token) is outside a vocabulary of \(table.rows)")
        }
        let head = OutputHead(hidden: hidden, table: table, predictions: predictions, inverse: 1 / temperature)
        let (scores, logSums) = head.forward()
        guard isRecording, let loss else { return scores }
        let derivatives = try loss(scores)
        guard derivatives.count == predictions.count else {
            throw TensorError(
                "logSoftmaxGather", "\(derivatives.count) derivatives for \(predictions.count) predictions")
        }
        record { head.backward(derivatives, logSums: logSums) }
        return scores
    }
}

/// The last layer, a chunk of rows at a time. Backward makes the logits again instead of keeping them.
private struct OutputHead {
    let hidden: Tensor
    let table: WeightMatrix
    /// Predictions of each row of `hidden`, as indices into the caller's list.
    let byRow: [[Int]]
    let predictions: [Prediction]
    /// 1 / temperature.
    let inverse: Float

    init(hidden: Tensor, table: WeightMatrix, predictions: [Prediction], inverse: Float) {
        self.hidden = hidden
        self.table = table
        self.predictions = predictions
        self.inverse = inverse
        var byRow = [[Int]](repeating: [], count: hidden.rows)
        for (index, prediction) in predictions.enumerated() { byRow[prediction.row].append(index) }
        self.byRow = byRow
    }

    private var vocabulary: Int { table.rows }

    private func forEachChunk(_ body: (_ rows: Range<Int>, _ logits: UnsafeMutablePointer<Float>) -> Void) {
        let chunk = Tape.logitsRows(vocabulary: vocabulary)
        let logits = Buffer(count: min(chunk, hidden.rows) * vocabulary)
        for first in stride(from: 0, to: hidden.rows, by: chunk) {
            let rows = first..<min(first + chunk, hidden.rows)
            table.multiply(
                hidden.pointer + first * hidden.columns, count: rows.count, into: logits.pointer, stride: vocabulary)
            body(rows, logits.pointer)
        }
    }

    func forward() -> (PredictionScores, logSums: [Float]) {
        let logProbabilities = Buffer(count: predictions.count)
        let entropies = Buffer(count: predictions.count)
        let logSums = Buffer(count: hidden.rows)
        let scratch = Buffer(count: BLAS.threads * vocabulary)
        forEachChunk { rows, logits in
            let parts = max(1, min(BLAS.threads, rows.count))
            Parallel.run(parts) { part in
                let exponentials = scratch.pointer + part * vocabulary
                for row in rows.count * part / parts..<rows.count * (part + 1) / parts {
                    let scaled = logits + row * vocabulary
                    stepwise_scale(inverse, scaled, vocabulary)
                    let top = stepwise_max(scaled, vocabulary)
                    exponentials.update(from: scaled, count: vocabulary)
                    let sum = stepwise_exp_sum(exponentials, vocabulary, top)
                    let logSum = top + log(sum)
                    let mean = stepwise_dot(exponentials, scaled, vocabulary) / sum
                    logSums.pointer[rows.lowerBound + row] = logSum
                    for index in byRow[rows.lowerBound + row] {
                        logProbabilities.pointer[index] = scaled[Int(predictions[index].token)] - logSum
                        entropies.pointer[index] = logSum - mean
                    }
                }
            }
        }
        func array(_ buffer: Buffer) -> [Float] {
            Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
        }
        return (
            PredictionScores(logProbabilities: array(logProbabilities), entropies: array(entropies)), array(logSums)
        )
    }

    /// dlogits = sum over the row's predictions of derivative * (onehot - softmax) / temperature.
    func backward(_ derivatives: [Float], logSums: [Float]) {
        let columns = hidden.columns
        let dhidden = hidden.requiresGradient ? hidden.gradientPointer : nil
        let trained = table.tensor.flatMap { $0.requiresGradient ? $0 : nil }
        forEachChunk { rows, logits in
            Parallel.ranges(rows.count, grain: max(1, Kernels.parallelGrain / vocabulary)) { range in
                for row in range {
                    let dlogits = logits + row * vocabulary
                    let own = byRow[rows.lowerBound + row]
                    let total = own.reduce(Float(0)) { $0 + derivatives[$1] }
                    stepwise_scale(inverse, dlogits, vocabulary)
                    _ = stepwise_exp_sum(dlogits, vocabulary, logSums[rows.lowerBound + row])
                    stepwise_scale(-total * inverse, dlogits, vocabulary)
                    for index in own { dlogits[Int(predictions[index].token)] += derivatives[index] * inverse }
                }
            }
            if let dhidden {
                table.multiplyTransposed(
                    logits, count: rows.count, stride: vocabulary, addingTo: dhidden + rows.lowerBound * columns)
            }
            if let trained {
                BLAS.multiplyInParallel(
                    .transposed(logits, stride: vocabulary),
                    .plain(hidden.pointer + rows.lowerBound * columns, stride: columns),
                    into: trained.gradientPointer, stride: columns, m: vocabulary, n: columns, k: rows.count, beta: 1)
            }
        }
    }
}
