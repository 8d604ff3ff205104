import CKernels

/// Swift's names for the vector loops of CKernels. All pointers are to Float32, all sizes in elements.
enum Kernels {
    /// "avx512", "avx2" or "baseline".
    static var instructionSet: String { String(cString: stepwise_kernels_isa()) }

    /// y += x.
    static func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        stepwise_accumulate(x, y, count)
    }

    /// The loops below are worth a second thread from about this many elements.
    static let parallelGrain = 16_384
}
