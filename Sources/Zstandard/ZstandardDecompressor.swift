import CZstd

/// Expands zstd frames piece by piece, and never beyond a limit.
///
/// Concatenated and skippable frames are accepted (RFC 8878, 3); other bytes between or after frames are not.
/// Owns a libzstd decompression context. Not `Sendable`: one task or thread uses it at a time.
/// After an error, every call throws that error again.
public final class ZstandardDecompressor {
    private static let pool = ContextPool(
        maximumBytes: 1 << 20, size: ZSTD_sizeof_DCtx, free: { ZSTD_freeDCtx($0) },
        reset: { ZSTD_DCtx_reset($0, ZSTD_reset_session_and_parameters) })

    private let resources: ContextPool.Resources
    private var context: OpaquePointer { resources.context }
    private var output: UnsafeMutableRawBufferPointer { resources.output }
    private let limit: Int
    private let maximumWindowLog: Int

    private var input: [UInt8] = []
    private var position = 0
    private var expandedBytes = 0
    private var isInsideFrame = false
    /// The last chunk was full, so libzstd may hold more without further input.
    private var mayHoldOutput = false
    private var finishedFrames = 0
    /// The first bytes of the frame under way, as many as its header can have, and how many came out of it so far.
    private var frameHeader: [UInt8] = []
    private var frameContent: UInt64 = 0
    private var failure: ZstandardError?

    /// - Parameters:
    ///   - limit: the most bytes that the content of all frames together may have.
    ///   - maximumWindowLog: base-2 logarithm of the largest history window that a frame may ask for. The default is
    ///     right for bytes from a network (8 MiB, RFC 9659); it also bounds the memory of this object.
    /// - Throws: `ZstandardError.outOfMemory`.
    public init(
        limit: Int, maximumWindowLog: Int = Zstandard.maximumWindowLog
    ) throws(ZstandardError) {
        precondition(limit >= 0, "a limit of \(limit) bytes makes no sense")
        guard let resources = Self.pool.take(orMake: ZSTD_createDCtx, outputBytes: ZSTD_DStreamOutSize()) else {
            throw .outOfMemory
        }
        self.resources = resources
        self.limit = limit
        self.maximumWindowLog = maximumWindowLog
        let code = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(maximumWindowLog))
        precondition(ZSTD_isError(code) == 0, "libzstd knows no window log of \(maximumWindowLog)")
    }

    deinit { Self.pool.giveBack(resources) }

    /// The bytes of memory that this object has, most of them the history window of the frame.
    package var memoryBytes: Int { ZSTD_sizeof_DCtx(context) + output.count }

    /// Takes the next compressed bytes and returns all that they expand to.
    public func append(_ bytes: [UInt8]) throws(ZstandardError) -> [UInt8] {
        feed(bytes)
        var result: [UInt8] = []
        while let chunk = try nextChunk() { result.append(contentsOf: chunk) }
        return result
    }

    /// Says that there are no more bytes.
    ///
    /// - Throws: `ZstandardError.truncated` when a frame is unfinished or there was none at all.
    public func finish() throws(ZstandardError) {
        if let failure { throw failure }
        let rest = input[position...]
        if !isInsideFrame, !rest.isEmpty, !FrameMagic.mayStart(rest) { try fail(notAFrame) }
        if isInsideFrame || !rest.isEmpty || finishedFrames == 0 { try fail(.truncated) }
    }

    /// Takes the next compressed bytes without expanding them yet; `nextChunk` does that.
    package func feed(_ bytes: [UInt8]) {
        if position == input.count {
            input = bytes
        } else {
            input.removeFirst(position)
            input += bytes
        }
        position = 0
    }

    /// The next expanded bytes, at most 128 KiB, so that whoever reads a huge content does so in constant memory;
    /// nil when more compressed bytes are needed. Valid until the next call.
    package func nextChunk() throws(ZstandardError) -> UnsafeRawBufferPointer? {
        if let failure { throw failure }
        // One byte more than is allowed, to see that the content goes on.
        let room = limit - expandedBytes < output.count ? limit - expandedBytes + 1 : output.count
        var chunk = ZSTD_outBuffer(dst: output.baseAddress, size: room, pos: 0)
        while chunk.pos < chunk.size {
            if !isInsideFrame {
                guard try beginFrame() else { break }
            } else if position == input.count && !mayHoldOutput {
                // libzstd takes repeated calls that cannot get anywhere for an error.
                break
            }
            let before = (input: position, output: chunk.pos)
            let code = input.withUnsafeBytes { raw in
                var source = ZSTD_inBuffer(src: raw.baseAddress, size: raw.count, pos: position)
                let code = ZSTD_decompressStream(context, &chunk, &source)
                position = source.pos
                return code
            }
            if ZSTD_isError(code) != 0 { try fail(error(code)) }
            mayHoldOutput = chunk.pos == chunk.size
            frameHeader += input[before.input..<position].prefix(Self.longestHeader - frameHeader.count)
            frameContent += UInt64(chunk.pos - before.output)
            if code == 0 {
                try checkContentSize()
                isInsideFrame = false
                finishedFrames += 1
            }
        }
        expandedBytes += chunk.pos
        if expandedBytes > limit { try fail(.expandsBeyond(limit: limit)) }
        return chunk.pos == 0 ? nil : UnsafeRawBufferPointer(rebasing: output[..<chunk.pos])
    }

    /// Checks the magic bytes of the next frame; false when they have not all come yet.
    private func beginFrame() throws(ZstandardError) -> Bool {
        guard input.count - position >= FrameMagic.length else { return false }
        guard FrameMagic.mayStart(input[position...]) else { try fail(notAFrame) }
        isInsideFrame = true
        frameHeader.removeAll(keepingCapacity: true)
        frameContent = 0
        return true
    }

    /// RFC 8878, 3.1.1.1, with the magic bytes.
    private static let longestHeader = 18

    /// libzstd compares the size in a frame's header with what came out, but not where the last block is empty and the frame comes in
    /// pieces. A body must not be right or wrong by how the network cuts it.
    private func checkContentSize() throws(ZstandardError) {
        let claimed = frameHeader.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two highest values say that the size is not known, and that this is no frame.
        if claimed < .max - 1, claimed != frameContent {
            try fail(.corrupt("a frame has \(frameContent) bytes of content, and its header says \(claimed)"))
        }
    }

    private var notAFrame: ZstandardError { finishedFrames == 0 ? .notZstandard : .trailingGarbage }

    private func error(_ code: Int) -> ZstandardError {
        switch ZSTD_getErrorCode(code) {
        case ZSTD_error_memory_allocation: .outOfMemory
        case ZSTD_error_frameParameter_windowTooLarge: .windowTooLarge(maximumLog: maximumWindowLog)
        default: .corrupt(String(cString: ZSTD_getErrorName(code)))
        }
    }

    private func fail(_ error: ZstandardError) throws(ZstandardError) -> Never {
        failure = error
        throw error
    }
}
