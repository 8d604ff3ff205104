/// Why bytes could not be compressed or expanded.
public enum ZstandardError: Error, Equatable, Sendable {
    /// The bytes do not start with a zstd frame.
    case notZstandard
    /// The bytes end before the frame does, or there are none.
    case truncated
    /// Something that is no zstd frame follows a complete one.
    case trailingGarbage
    /// The content is longer than the caller allows. Nothing beyond `limit` bytes was produced.
    case expandsBeyond(limit: Int)
    /// The frame asks for a larger history window than this reader keeps in memory.
    case windowTooLarge(maximumLog: Int)
    /// The frame is damaged; the text is libzstd's reason.
    case corrupt(String)
    /// Compression failed; the text is libzstd's reason.
    case compressionFailed(String)
    /// The compression level is outside of what libzstd offers.
    case invalidLevel(Int32, allowed: ClosedRange<Int32>)
    /// libzstd could not get the memory that it needs.
    case outOfMemory
}

extension ZstandardError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notZstandard:
            "the bytes are not zstd data (a zstd frame starts with 28 b5 2f fd)"
        case .truncated:
            "the zstd data is cut short: it ends before its last frame does"
        case .trailingGarbage:
            "the zstd data is followed by bytes that are not zstd"
        case .expandsBeyond(let limit):
            "the zstd data expands beyond the limit of \(limit) bytes"
        case .windowTooLarge(let maximumLog):
            "the zstd data needs a window larger than \(Self.size(ofWindowLog: maximumLog));"
                + " compress it again with a lower level or --long=\(maximumLog)"
        case .corrupt(let reason):
            "the zstd data is damaged: \(reason)"
        case .compressionFailed(let reason):
            "zstd could not compress: \(reason)"
        case .invalidLevel(let level, let allowed):
            "zstd has no compression level \(level); choose one from \(allowed.lowerBound) to \(allowed.upperBound)"
        case .outOfMemory:
            "not enough memory for zstd"
        }
    }

    private static func size(ofWindowLog log: Int) -> String {
        log >= 20 ? "\(1 << (log - 20)) MiB" : "\(1 << log) bytes"
    }
}
