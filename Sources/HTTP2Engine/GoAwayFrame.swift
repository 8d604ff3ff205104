import NIOCore

/// A GOAWAY frame (RFC 9113 section 6.8), written by us. libnghttp2 may not be used any more once one of its calls has
/// failed for good, and that is exactly when the peer should still learn why.
enum GoAwayFrame {
    static func encode(lastStream: Int32, code: ErrorCode, debug: String) -> ByteBuffer {
        let debug = Array(debug.utf8.prefix(512))
        var buffer = ByteBufferAllocator().buffer(capacity: 17 + debug.count)
        buffer.writeBytes([
            0, UInt8(truncatingIfNeeded: (8 + debug.count) >> 8), UInt8(truncatingIfNeeded: 8 + debug.count),
        ])
        buffer.writeInteger(UInt8(7))  // type GOAWAY
        buffer.writeInteger(UInt8(0))  // flags
        buffer.writeInteger(UInt32(0))  // stream 0, the connection
        buffer.writeInteger(UInt32(bitPattern: lastStream) & 0x7fff_ffff)
        buffer.writeInteger(code.rawValue)
        buffer.writeBytes(debug)
        return buffer
    }
}
