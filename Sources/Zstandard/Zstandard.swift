import CZstd

/// zstd compression (RFC 8878) of whole byte arrays, and the facts that the streaming classes share.
public enum Zstandard {
    /// The largest window that `compress` makes and that network input may ask for: 2^23 bytes, the 8 MiB of RFC 9659.
    public static let maximumWindowLog = 23

    /// The compression levels of the linked libzstd; negative ones are faster and compress less.
    public static var levels: ClosedRange<Int32> { ZSTD_minCLevel()...ZSTD_maxCLevel() }

    /// Compresses `bytes` into one frame with a checksum.
    ///
    /// - Throws: `ZstandardError.invalidLevel`, `.outOfMemory`.
    public static func compress(_ bytes: [UInt8], level: Int32 = 3) throws(ZstandardError) -> [UInt8] {
        try ZstandardCompressor(level: level, contentSize: bytes.count).finish(bytes)
    }

    /// Expands one or more concatenated frames.
    ///
    /// The limit holds while expanding: a frame's own content size is a claim that nothing is allocated on.
    ///
    /// - Parameter limit: the most bytes that the content may have.
    /// - Throws: every `ZstandardError` of reading.
    public static func decompress(_ bytes: [UInt8], limit: Int) throws(ZstandardError) -> [UInt8] {
        let decompressor = try ZstandardDecompressor(limit: limit)
        let result = try decompressor.append(bytes)
        try decompressor.finish()
        return result
    }

    /// Whether `bytes` start as a zstd frame or a skippable frame does.
    public static func isZstandard(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count >= FrameMagic.length && FrameMagic.mayStart(bytes)
    }
}

/// The first bytes of frames.
///
/// They are checked here and not left to libzstd, which, depending on how it was built, also expands
/// formats older than RFC 8878, with decoders that know no window limit.
enum FrameMagic {
    static let length = 4
    private static let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    private static let skippableTail: [UInt8] = [0x2A, 0x4D, 0x18]

    /// Whether the first bytes, up to four of them, can be those of a frame.
    static func mayStart(_ bytes: some Collection<UInt8>) -> Bool {
        let head = Array(bytes.prefix(length))
        if frame.starts(with: head) { return true }
        guard let first = head.first else { return true }
        return first & 0xF0 == 0x50 && skippableTail.starts(with: head.dropFirst())
    }
}
