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
}
