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

/// The derivatives of a loss with respect to the scores of predictions.
public struct PredictionDerivatives: Sendable {
    /// dLoss/d(log-probability) of each prediction.
    public var logProbabilities: [Float]
    /// dLoss/d(entropy) of each prediction; nil where the loss does not depend on entropies.
    public var entropies: [Float]?

    public init(logProbabilities: [Float], entropies: [Float]? = nil) {
        self.logProbabilities = logProbabilities
        self.entropies = entropies
    }
}

extension Tape {
    /// Bytes that the last layer needs beside its inputs and their gradients: tiles of logits for each thread, and sums of the rows'
    /// derivatives.
    static func logitsBytes(rows: Int, vocabulary: Int, width: Int, isHalf: Bool) -> Int {
        let tile = min(rows, OutputHead.rowTile)
        let tiles = Parallel.threadCount * (tile + (isHalf ? width : 0)) * min(vocabulary, OutputHead.tokenTile)
        return 4 * (tiles + OutputHead.parts(vocabulary: vocabulary) * tile * width)
    }

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
            hidden, table: WeightMatrix(table), predictions: predictions, temperature: temperature,
            derivatives: loss.map { loss in { PredictionDerivatives(logProbabilities: try loss($0)) } })
    }

    /// The same with a table of either precision, and a loss that may depend on entropies.
    func logSoftmaxGather(
        _ hidden: Tensor, table: WeightMatrix, predictions: [Prediction], temperature: Float,
        derivatives: ((PredictionScores) throws -> PredictionDerivatives)?
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
        guard isRecording, let derivatives else { return scores }
        let given = try derivatives(scores)
        for count in [given.logProbabilities.count, given.entropies?.count ?? predictions.count]
        where count != predictions.count {
            throw TensorError("logSoftmaxGather", "\(count) derivatives for \(predictions.count) predictions")
        }
        record { head.backward(given, scores: scores, logSums: logSums) }
        return scores
    }
}

/// The last layer, a tile of rows and tokens of the vocabulary at a time: what is made of a tile's logits is made while they are in the
/// caches. Backward makes the logits again instead of keeping them.
private struct OutputHead {
    let hidden: Tensor
    let table: WeightMatrix
    /// Predictions of each row of `hidden`, as indices into the caller's list.
    let byRow: [[Int]]
    let predictions: [Prediction]
    /// 1 / temperature.
    let inverse: Float

    static let rowTile = 1024
    static let tokenTile = 1536

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
    private var columns: Int { hidden.columns }

    /// Parts of the vocabulary that run at the same time; fixed by the sizes, as the order of sums is.
    static func parts(vocabulary: Int) -> Int {
        let tiles = (vocabulary + tokenTile - 1) / tokenTile
        return max(1, min(tiles, 2 * Parallel.threadCount))
    }

    private var partCount: Int { Self.parts(vocabulary: vocabulary) }

    /// Calls `body` with every tile's logits [rows.count, tokens.count], the tiles of a part one after the other.
    private func forEachTile(
        rows: Range<Int>,
        _ body: (
            _ part: Int, _ tokens: Range<Int>, _ weights: UnsafePointer<Float>, _ logits: UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let parts = partCount
        Parallel.run(parts) { part in
            let own = vocabulary * part / parts..<vocabulary * (part + 1) / parts
            let logits = Buffer(count: rows.count * min(Self.tokenTile, own.count))
            let wide = table.tensor == nil ? Buffer(count: min(Self.tokenTile, own.count) * columns) : nil
            for first in stride(from: own.lowerBound, to: own.upperBound, by: Self.tokenTile) {
                let tokens = first..<min(first + Self.tokenTile, own.upperBound)
                let weights: UnsafePointer<Float>
                if let wide {
                    table.copy(tokens, into: wide.pointer)
                    weights = UnsafePointer(wide.pointer)
                } else if let tensor = table.tensor {
                    weights = UnsafePointer(tensor.pointer + first * columns)
                } else {
                    preconditionFailure("a table is of one precision or the other")
                }
                BLAS.multiply(
                    .plain(hidden.pointer + rows.lowerBound * columns, stride: columns),
                    .transposed(weights, stride: columns), into: logits.pointer,
                    stride: tokens.count, m: rows.count, n: tokens.count, k: columns)
                body(part, tokens, weights, logits.pointer)
            }
        }
    }

    private func forEachRowTile(_ body: (Range<Int>) -> Void) {
        for first in stride(from: 0, to: hidden.rows, by: Self.rowTile) {
            body(first..<min(first + Self.rowTile, hidden.rows))
        }
    }

    /// A softmax that is being summed up.
    private struct Statistics {
        var top: Float = -.greatestFiniteMagnitude
        var sum: Float = 0
        /// Of exp(logit - top) * logit.
        var weighted: Float = 0

        mutating func merge(_ other: Statistics) {
            let highest = max(top, other.top)
            let (own, others) = (exp(top - highest), exp(other.top - highest))
            sum = sum * own + other.sum * others
            weighted = weighted * own + other.weighted * others
            top = highest
        }
    }

    func forward() -> (PredictionScores, logSums: [Float]) {
        var logProbabilities = [Float](repeating: 0, count: predictions.count)
        var entropies = logProbabilities
        var logSums = [Float](repeating: 0, count: hidden.rows)
        let chosen = Buffer(count: predictions.count)
        forEachRowTile { rows in
            var statistics = [Statistics](repeating: Statistics(), count: partCount * rows.count)
            statistics.withUnsafeMutableBufferPointer { statistics in
                forEachTile(rows: rows) { part, tokens, _, logits in
                    for row in rows {
                        let values = logits + (row - rows.lowerBound) * tokens.count
                        var own = statistics[part * rows.count + row - rows.lowerBound]
                        stepwise_softmax_statistics(
                            values, tokens.count, inverse, &own.top, &own.sum, &own.weighted)
                        statistics[part * rows.count + row - rows.lowerBound] = own
                        for index in byRow[row] where tokens.contains(Int(predictions[index].token)) {
                            chosen.pointer[index] = values[Int(predictions[index].token) - tokens.lowerBound] * inverse
                        }
                    }
                }
            }
            for row in rows {
                var whole = statistics[row - rows.lowerBound]
                for part in 1..<max(1, partCount) {
                    whole.merge(statistics[part * rows.count + row - rows.lowerBound])
                }
                logSums[row] = whole.top + log(whole.sum)
                for index in byRow[row] {
                    logProbabilities[index] = chosen.pointer[index] - logSums[row]
                    entropies[index] = logSums[row] - whole.weighted / whole.sum
                }
            }
        }
        return (PredictionScores(logProbabilities: logProbabilities, entropies: entropies), logSums)
    }

    /// dlogits = sum over the row's predictions of derivative * (onehot - softmax) / temperature, and where the loss depends on entropies
    /// of -derivative * softmax * (log softmax + entropy) / temperature.
    func backward(_ given: PredictionDerivatives, scores: PredictionScores, logSums: [Float]) {
        let derivatives = given.logProbabilities
        let slopes = given.entropies.map { entropies in
            byRow.map { own in own.reduce(Float(0)) { $0 + entropies[$1] } }
        }
        let dhidden = hidden.requiresGradient ? hidden.gradientPointer : nil
        let dtable = table.tensor.flatMap { $0.requiresGradient ? $0.gradientPointer : nil }
        let totals = byRow.map { own in own.reduce(Float(0)) { $0 + derivatives[$1] } }
        forEachRowTile { rows in
            // Each part sums the rows' derivatives over its own tokens.
            let count = rows.count * columns
            let sums = Buffer(count: partCount * count)
            Parallel.zero(sums.pointer, count: sums.count)
            forEachTile(rows: rows) { part, tokens, weights, logits in
                for row in rows {
                    let values = logits + (row - rows.lowerBound) * tokens.count
                    // All predictions of a row come from one distribution, and so have one entropy.
                    if let slope = slopes?[row], slope != 0, let first = byRow[row].first {
                        stepwise_softmax_affine(
                            values, tokens.count, inverse, logSums[row],
                            -(totals[row] + slope * scores.entropies[first]) * inverse, -slope * inverse)
                    } else {
                        stepwise_softmax_scaled(
                            values, tokens.count, inverse, logSums[row], -totals[row] * inverse)
                    }
                    for index in byRow[row] where tokens.contains(Int(predictions[index].token)) {
                        values[Int(predictions[index].token) - tokens.lowerBound] += derivatives[index] * inverse
                    }
                }
                if dhidden != nil {
                    BLAS.multiply(
                        .plain(logits, stride: tokens.count), .plain(weights, stride: columns),
                        into: sums.pointer + part * count, stride: columns, m: rows.count, n: columns,
                        k: tokens.count, beta: 1)
                }
                if let dtable {
                    BLAS.multiply(
                        .transposed(logits, stride: tokens.count),
                        .plain(hidden.pointer + rows.lowerBound * columns, stride: columns),
                        into: dtable + tokens.lowerBound * columns, stride: columns, m: tokens.count, n: columns,
                        k: rows.count, beta: 1)
                }
            }
            guard let dhidden else { return }
            Parallel.ranges(count, grain: Kernels.parallelGrain) { range in
                for part in 0..<partCount {
                    Kernels.add(
                        sums.pointer + part * count + range.lowerBound,
                        to: dhidden + rows.lowerBound * columns + range.lowerBound, count: range.count)
                }
            }
        }
    }
}
