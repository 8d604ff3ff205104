import COpenBLAS
import ModelCore

/// OpenBLAS's own product x [rows, in] * weight [out, in]^T, whatever products training takes on this processor.
struct OpenBLASProduct {
    private let (rows, input, output): (Int, Int, Int)
    private let x: Buffer
    private let weight: Buffer
    private let result: Buffer

    init(rows: Int, input: Int, output: Int) {
        (self.rows, self.input, self.output) = (rows, input, output)
        x = RandomValues.buffer(rows * input, seed: 1)
        weight = RandomValues.buffer(output * input, seed: 2)
        result = Buffer(count: rows * output)
        // OpenBLAS keeps to one thread from here on.
        _ = BLAS.threads
    }

    /// A large product: what OpenBLAS gives at best at the moment.
    static var peak: OpenBLASProduct { OpenBLASProduct(rows: 1536, input: 1536, output: 1536) }

    var operations: Double { 2 * Double(rows * input * output) }
    /// The processor whose kernels it takes.
    static var core: String { String(cString: openblas_get_corename()) }

    /// The product once, cut along the longer side of the result into a part for each thread.
    func run(threads: Int = BLAS.threads) {
        let longer = max(rows, output)
        Parallel.run(min(threads, longer)) { part in
            let range = longer * part / threads..<longer * (part + 1) / threads
            let isCutByRows = rows >= output
            let (firstRow, rowCount) = isCutByRows ? (range.lowerBound, range.count) : (0, rows)
            let (firstColumn, columnCount) = isCutByRows ? (0, output) : (range.lowerBound, range.count)
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rowCount), blasint(columnCount), blasint(input), 1,
                x.pointer + firstRow * input, blasint(input), weight.pointer + firstColumn * input, blasint(input), 0,
                result.pointer + firstRow * output + firstColumn, blasint(output))
        }
    }
}
