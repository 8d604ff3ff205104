/// What the engine needs to know of a frame, copied out of libnghttp2's structures.
struct FrameSummary {
    /// RFC 9113 section 6, and RFC 9218 for PRIORITY_UPDATE.
    enum Kind: UInt8 {
        case data = 0, headers, priority, resetStream, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    /// Nil for extensions.
    let kind: Kind?
    let flags: UInt8
    let stream: Int32
    /// Of the payload, with padding.
    let length: Int

    var endsStream: Bool { (kind == .data || kind == .headers) && flags & 0x1 != 0 }
    var isAcknowledgement: Bool { (kind == .settings || kind == .ping) && flags & 0x1 != 0 }
}

/// A frame that was received or sent whole.
struct Frame {
    enum Detail {
        case none
        /// A header block that opens a stream (a request, in either direction).
        case opensStream
        case data(padding: Int)
        case ping(UInt64)
        case goAway(lastStream: Int32, ErrorCode, debug: String)
    }

    let summary: FrameSummary
    let detail: Detail
}
