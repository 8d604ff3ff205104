import COpenBLAS
import Foundation

/// Matrix products on OpenBLAS.
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
        cblas_sgemm(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
            blasint(m), blasint(n), blasint(k), alpha, a.pointer, blasint(a.stride), b.pointer, blasint(b.stride), beta,
            c, blasint(stride))
    }

    /// The same, cut along the longer side of c, one part a thread.
    static func multiplyInParallel(
        _ a: Factor, _ b: Factor, into c: UnsafeMutablePointer<Float>, stride: Int, m: Int, n: Int, k: Int,
        alpha: Float = 1, beta: Float = 0
    ) {
        _ = defaultThreads
        // Below some 200,000 multiply-adds a thread of its own does not pay.
        let smallestPart = max(1, 200_000 / max(1, k * min(m, n)))
        if m >= n {
            Parallel.ranges(m, grain: smallestPart) { rows in
                multiply(
                    a.fromRow(rows.lowerBound), b, into: c + rows.lowerBound * stride, stride: stride, m: rows.count,
                    n: n, k: k, alpha: alpha, beta: beta)
            }
        } else {
            Parallel.ranges(n, grain: smallestPart) { columns in
                multiply(
                    a, b.fromColumn(columns.lowerBound), into: c + columns.lowerBound, stride: stride, m: m,
                    n: columns.count, k: k, alpha: alpha, beta: beta)
            }
        }
    }
}
