import NIOCore
import Zstandard

/// Undoes a content coding piece by piece, with a bound on what comes out.
///
/// The bound is on the bytes themselves: the content size that a zstd frame claims is a claim, not a limit.
struct BodyDecoder {
    private let limit: Int
    private let decompressor: ZstandardDecompressor?
    private(set) var bytes: [UInt8] = []

    init(coding: ContentCoding, limit: Int) throws {
        self.limit = limit
        self.decompressor = coding == .zstd ? try ZstandardDecompressor(limit: limit) : nil
    }

    /// Adds what arrived to ``bytes``.
    /// - Throws: ``ZstandardError``, also for an identity body above the limit.
    mutating func append(_ chunk: ByteBuffer) throws {
        let decoded = try decode(chunk)
        // Most bodies come in one piece.
        if bytes.isEmpty { bytes = decoded } else { bytes += decoded }
        if bytes.count > limit { throw ZstandardError.expandsBeyond(limit: limit) }
    }

    /// Decodes a piece without keeping it.
    mutating func decode(_ chunk: ByteBuffer) throws -> [UInt8] {
        let input = Array(chunk.readableBytesView)
        guard let decompressor else { return input }
        return try decompressor.append(input)
    }

    /// What the decoded bytes and the decompressor's own memory come to.
    var heldBytes: Int { bytes.capacity + (decompressor?.memoryBytes ?? 0) }

    /// The body is complete.
    /// - Throws: ``ZstandardError/truncated`` when a frame is not.
    mutating func finish() throws {
        try decompressor?.finish()
    }
}
