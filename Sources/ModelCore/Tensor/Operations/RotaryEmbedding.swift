import CKernels
import Foundation

/// Cosines and sines of rotary position embeddings (Su et al. 2021, arXiv 2104.09864), in Hugging Face's rotate_half order.
package final class RotaryTable {
    package let width: Int
    private let frequencies: [Double]
    /// What YaRN multiplies cosines and sines by.
    private let factor: Double
    /// [positions, width / 2] each.
    private(set) var cosines: [Float] = []
    private(set) var sines: [Float] = []

    /// - Parameters:
    ///   - width: of a head; even.
    ///   - theta: the base, `rope_theta`.
    package init(width: Int, theta: Float, scaling: RopeScaling? = nil) {
        precondition(width > 0 && width.isMultiple(of: 2), "a head of width \(width) cannot be rotated")
        self.width = width
        let plain = Self.frequencies(width: width, theta: theta)
        frequencies = scaling?.apply(to: plain, width: width, theta: Double(theta)) ?? plain
        factor = scaling?.cosineFactor ?? 1
    }

    /// The unscaled frequencies [width / 2], in radians a position.
    static func frequencies(width: Int, theta: Float) -> [Double] {
        (0..<width / 2).map { pow(Double(theta), -2 * Double($0) / Double(width)) }
    }

    /// Makes the table long enough for positions below `count`.
    func extend(to count: Int) {
        let half = width / 2
        guard count * half > cosines.count else { return }
        for position in cosines.count / half..<count {
            for frequency in frequencies {
                // In double precision: float angles at position 10,000 are off by 1e-3.
                let angle = Double(position) * frequency
                cosines.append(Float(factor * cos(angle)))
                sines.append(Float(factor * sin(angle)))
            }
        }
    }

    /// Rotates the `heads` heads of one row in place.
    func rotate(_ x: UnsafeMutablePointer<Float>, heads: Int, position: Int, sign: Float = 1) {
        let half = width / 2
        cosines.withUnsafeBufferPointer { cosines in
            sines.withUnsafeBufferPointer { sines in
                guard let cosine = cosines.baseAddress, let sine = sines.baseAddress else { return }
                stepwise_rotate(x, cosine + position * half, sine + position * half, heads, width, sign)
            }
        }
    }

    /// Rotates `heads` heads of each row in place; rows lie `stride` apart.
    func rotate(
        _ x: UnsafeMutablePointer<Float>, stride: Int, heads: Int, positions: ArraySlice<Int32>, sign: Float
    ) {
        for (row, position) in positions.enumerated() {
            rotate(x + row * stride, heads: heads, position: Int(position), sign: sign)
        }
    }
}

extension Tape {
    /// Rotates the first `heads` heads of every row of x [T, n] by its position.
    ///
    /// Works in place: x holds the rotated values afterwards, and the result is a tensor over the same storage, because the
    /// unrotated values are needed by no derivative.
    ///
    /// - Throws: ``TensorError`` when rows and positions differ in number or the heads are wider than a row.
    package func rotary(_ x: Tensor, heads: Int, positions: [Int32], table: RotaryTable) throws -> Tensor {
        guard x.rows == positions.count, heads * table.width <= x.columns else {
            throw TensorError(
                "rotary", "\(heads) heads of \(table.width) at \(positions.count) positions do not fit \(x.shape)")
        }
        table.extend(to: Int(positions.max() ?? -1) + 1)
        let (rows, stride) = (x.rows, x.columns)
        func turn(_ base: UnsafeMutablePointer<Float>, sign: Float) {
            Parallel.ranges(rows, grain: max(1, Kernels.parallelGrain / 4 / stride)) { range in
                table.rotate(
                    base + range.lowerBound * stride, stride: stride, heads: heads, positions: positions[range],
                    sign: sign)
            }
        }
        turn(x.pointer, sign: 1)
        return result(shape: x.shape, buffer: x.buffer, of: [x]) { y in
            turn(y.gradientPointer, sign: -1)
            x.adoptGradient(of: y)
        }
    }
}
