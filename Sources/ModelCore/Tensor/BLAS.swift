import CKernels
import COpenBLAS
import Foundation

/// Matrix products: on CKernels' own kernel where there is AVX-512, for which OpenBLAS 0.3.21 takes AVX2 on processors that are newer
/// than it, and else on OpenBLAS.
///
/// OpenBLAS itself runs single-threaded, and a product is cut into one part for each thread here: its own pool would spin
/// against the threads that do everything else, and a fixed cut gives the same rounding on every run.
public enum BLAS {
    static let defaultThreads: Int = {
        openblas_set_num_threads(1)
        return max(1, ProcessInfo.processInfo.activeProcessorCount)
    }()

    /// Sets the number of threads for all numeric work.
    public static func setThreads(_ count: Int) {
        precondition(count > 0, "\(count) threads")
        // OpenBLAS's own pool is off from the first product on, also when nobody asks for the default.
        _ = defaultThreads
        Parallel.setThreadCount(count)
    }

    public static var threads: Int { Parallel.threadCount }

    /// A factor of a product: row-major values whose rows lie `stride` apart, taken as they are or transposed.
    struct Factor {
        let pointer: UnsafePointer<Float>
        let stride: Int
        let isTransposed: Bool

        static func plain(_ pointer: UnsafePointer<Float>, stride: Int) -> Factor {
            Factor(pointer: pointer, stride: stride, isTransposed: false)
        }

        static func transposed(_ pointer: UnsafePointer<Float>, stride: Int) -> Factor {
            Factor(pointer: pointer, stride: stride, isTransposed: true)
        }

        /// The factor from a row of the product's on.
        func fromRow(_ row: Int) -> Factor {
            Factor(pointer: pointer + (isTransposed ? row : row * stride), stride: stride, isTransposed: isTransposed)
        }

        /// The factor from a column of the product's on.
        func fromColumn(_ column: Int) -> Factor {
            Factor(
                pointer: pointer + (isTransposed ? column * stride : column), stride: stride,
                isTransposed: isTransposed)
        }
    }

    /// c [m, n] = alpha * a * b + beta * c, on the calling thread; k is what a and b share.
    static func multiply(
        _ a: Factor, _ b: Factor, into c: UnsafeMutablePointer<Float>, stride: Int, m: Int, n: Int, k: Int,
        alpha: Float = 1, beta: Float = 0
    ) {
        guard m > 0, n > 0 else { return }
        if hasOwnKernel, alpha == 1, beta == 0 || beta == 1 {
            stepwise_gemm(
                a.pointer, a.stride, a.isTransposed ? 1 : 0, b.pointer, b.stride, b.isTransposed ? 1 : 0, c, stride, m,
                n, k, beta == 1 ? 1 : 0)
        } else {
            cblas_sgemm(
                CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
                blasint(m), blasint(n), blasint(k), alpha, a.pointer, blasint(a.stride), b.pointer, blasint(b.stride),
                beta, c, blasint(stride))
        }
    }

    private static let hasOwnKernel = stepwise_has_gemm() != 0

    /// The same, cut along the longer side of c.
    static func multiplyInParallel(
        _ a: Factor, _ b: Factor, into c: UnsafeMutablePointer<Float>, stride: Int, m: Int, n: Int, k: Int,
        alpha: Float = 1, beta: Float = 0
    ) {
        _ = defaultThreads
        let longer = max(m, n)
        // A part is as wide as a panel at least, and below some 200,000 multiply-adds a thread of its own does not pay.
        let unit = 32
        let units = (longer + unit - 1) / unit
        let least = max(1, 200_000 / max(1, k * min(m, n) * unit))
        // Large products in more parts than threads: who is held up by another process takes fewer.
        let wanted = m * n * k >= 1 << 29 ? 2 * Parallel.threadCount : Parallel.threadCount
        let parts = max(1, min(wanted, units / least))
        Parallel.run(parts) { part in
            let range = min(longer, units * part / parts * unit)..<min(longer, units * (part + 1) / parts * unit)
            if m >= n {
                multiply(
                    a.fromRow(range.lowerBound), b, into: c + range.lowerBound * stride, stride: stride,
                    m: range.count, n: n, k: k, alpha: alpha, beta: beta)
            } else {
                multiply(
                    a, b.fromColumn(range.lowerBound), into: c + range.lowerBound, stride: stride, m: m,
                    n: range.count, k: k, alpha: alpha, beta: beta)
            }
        }
    }
}
