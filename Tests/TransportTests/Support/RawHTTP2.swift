/// HTTP/2 frames by hand (RFC 9113 section 4.1), for clients that no library would be.
enum RawHTTP2 {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings
    static let settings = frame(type: 4)
    static let ping = frame(type: 6, [UInt8](repeating: 7, count: 8))

    static func frame(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = payload.count
        let head: [UInt8] = [UInt8(length >> 16 & 0xff), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), type, flags]
        return head + bigEndian(stream) + payload
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xff), UInt8(value >> 8 & 0xff), UInt8(value & 0xff)]
    }

    /// `POST / http example.org` from the static table (RFC 7541 appendix A), and literal fields.
    static func requestBlock(_ fields: [(String, String)] = [], method: String = "POST") -> [UInt8] {
        var block: [UInt8] = [method == "POST" ? 0x83 : 0x82, 0x86, 0x84]
        for (name, value) in [(":authority", "example.org")] + fields {
            block.append(0)
            for text in [name, value] {
                block.append(UInt8(text.utf8.count))
                block += Array(text.utf8)
            }
        }
        return block
    }

    static func request(
        stream: UInt32, _ fields: [(String, String)] = [], method: String = "POST", ends: Bool
    ) -> [UInt8] {
        frame(type: 1, flags: ends ? 5 : 4, stream: stream, requestBlock(fields, method: method))
    }

    static func data(stream: UInt32, _ payload: [UInt8], ends: Bool = false) -> [UInt8] {
        frame(type: 0, flags: ends ? 1 : 0, stream: stream, payload)
    }

    static func reset(stream: UInt32) -> [UInt8] { frame(type: 3, stream: stream, bigEndian(8)) }

    static func windowUpdate(stream: UInt32, _ increment: UInt32) -> [UInt8] {
        frame(type: 8, stream: stream, bigEndian(increment))
    }

    /// What a server has said, frame by frame; a frame that is not complete is left out.
    static func frames(in bytes: [UInt8]) -> [(type: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8])] {
        var frames: [(type: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8])] = []
        var index = 0
        while index + 9 <= bytes.count {
            let length = Int(number(bytes[index..<(index + 3)]))
            guard index + 9 + length <= bytes.count else { break }
            let stream = number(bytes[(index + 5)..<(index + 9)])
            let payload = Array(bytes[(index + 9)..<(index + 9 + length)])
            frames.append((bytes[index + 3], bytes[index + 4], stream, payload))
            index += 9 + length
        }
        return frames
    }

    /// The error code of the last GOAWAY, if there was one.
    static func goAwayCode(in bytes: [UInt8]) -> UInt32? {
        frames(in: bytes).last { $0.type == 7 && $0.payload.count >= 8 }.map { number($0.payload[4..<8]) }
    }

    /// The error codes of the RST_STREAM frames of a stream.
    static func resetCodes(of stream: UInt32, in bytes: [UInt8]) -> [UInt32] {
        frames(in: bytes).filter { $0.type == 3 && $0.stream == stream }.map { number($0.payload[...]) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
