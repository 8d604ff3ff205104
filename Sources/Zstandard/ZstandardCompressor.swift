import CZstd

/// Compresses a stream of bytes into one zstd frame, piece by piece.
///
/// Owns a libzstd compression context. Not `Sendable`: one task or thread uses it at a time.
public final class ZstandardCompressor {
    private static let pool = ContextPool(
        maximumBytes: 4 << 20, size: ZSTD_sizeof_CCtx, free: { ZSTD_freeCCtx($0) },
        reset: { ZSTD_CCtx_reset($0, ZSTD_reset_session_and_parameters) })

    private let resources: ContextPool.Resources
    private var context: OpaquePointer { resources.context }
    private var output: UnsafeMutableRawBufferPointer { resources.output }
    private var isFinished = false

    /// - Parameters:
    ///   - level: one of `Zstandard.levels`.
    ///   - contentSize: the number of bytes that will be appended, when it is known; it is written into the frame
    ///     and lets libzstd choose a smaller window. Appending another number is an error of `finish()`.
    /// - Throws: `ZstandardError.invalidLevel`, `.outOfMemory`.
    public init(level: Int32 = 3, contentSize: Int? = nil) throws(ZstandardError) {
        guard Zstandard.levels.contains(level) else {
            throw .invalidLevel(level, allowed: Zstandard.levels)
        }
        guard let resources = Self.pool.take(orMake: ZSTD_createCCtx, outputBytes: ZSTD_CStreamOutSize()) else {
            throw .outOfMemory
        }
        self.resources = resources
        try set(ZSTD_c_compressionLevel, to: level)
        try set(ZSTD_c_checksumFlag, to: 1)
        // From level 20 on libzstd would choose a window that a reader bound by RFC 9659 has to refuse.
        if level >= 20 { try set(ZSTD_c_windowLog, to: Int32(Zstandard.maximumWindowLog)) }
        if let contentSize {
            _ = try Self.checked(ZSTD_CCtx_setPledgedSrcSize(context, UInt64(contentSize)))
        }
    }

    deinit { Self.pool.giveBack(resources) }

    /// Takes the next bytes of the content and returns the compressed bytes that are ready, often none.
    public func append(_ bytes: [UInt8]) throws(ZstandardError) -> [UInt8] {
        try compress(bytes, ZSTD_e_continue)
    }

    /// Returns compressed bytes that let a reader expand all that was appended so far. Costs some compression.
    public func flush() throws(ZstandardError) -> [UInt8] {
        try compress([], ZSTD_e_flush)
    }

    /// Ends the frame and returns its last bytes. Nothing may be appended afterwards.
    ///
    /// - Parameter bytes: the last bytes of the content. All of it given here is compressed in place, without libzstd's own copy.
    public func finish(_ bytes: [UInt8] = []) throws(ZstandardError) -> [UInt8] {
        let last = try compress(bytes, ZSTD_e_end)
        isFinished = true
        return last
    }

    private func compress(_ bytes: [UInt8], _ directive: ZSTD_EndDirective) throws(ZstandardError) -> [UInt8] {
        precondition(!isFinished, "the zstd frame is already finished")
        var result: [UInt8] = []
        var position = 0
        while true {
            var produced = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let code = bytes.withUnsafeBytes { raw in
                var source = ZSTD_inBuffer(src: raw.baseAddress, size: raw.count, pos: position)
                let code = ZSTD_compressStream2(context, &produced, &source, directive)
                position = source.pos
                return code
            }
            let remaining = try Self.checked(code)
            result.append(contentsOf: UnsafeRawBufferPointer(rebasing: output[..<produced.pos]))
            let isDone = directive == ZSTD_e_continue ? position == bytes.count : remaining == 0
            if isDone { return result }
        }
    }

    private func set(_ parameter: ZSTD_cParameter, to value: Int32) throws(ZstandardError) {
        _ = try Self.checked(ZSTD_CCtx_setParameter(context, parameter, value))
    }

    private static func checked(_ code: Int) throws(ZstandardError) -> Int {
        guard ZSTD_isError(code) != 0 else { return code }
        switch ZSTD_getErrorCode(code) {
        case ZSTD_error_memory_allocation: throw .outOfMemory
        default: throw .compressionFailed(String(cString: ZSTD_getErrorName(code)))
        }
    }
}
