import Transport

/// Frames by hand (RFC 9113), as a later or an unusual client sends them: an unknown setting, a frame of an unknown type, a header in two frames.
package struct RawProbe: Sendable {
    private let url: ServerURL
    private let timeout: Duration
    private let client: HTTPClient?

    /// - Parameter client: how other requests reach the server: with what token and encryption.
    package init(url: String, timeout: Duration, client: HTTPClient? = nil) throws {
        self.url = try ServerURL(url)
        self.timeout = timeout
        self.client = client
    }

    /// - Throws: ``Finding``.
    package func run() async throws {
        let ping: [UInt8] = [7, 1, 7, 2, 7, 3, 7, 4]
        let block = headerBlock(path: url.prefix + "/v1/rewards")
        let bytes =
            Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
            // SETTINGS with an identifier that nobody has defined (section 6.5.2: ignored).
            + frame(type: 4, [0xfa, 0xce, 0, 0, 0, 1])
            + frame(type: 0xfa, flags: 0xff, [1, 2, 3])
            // HEADERS and CONTINUATION, the end of the stream in the first.
            + frame(type: 1, flags: 1, stream: 1, Array(block.prefix(3)))
            + frame(type: 9, flags: 4, stream: 1, Array(block.dropFirst(3)))
            + frame(type: 6, ping)
        let seen: [UInt8]
        do {
            seen = try await RawExchange.run(
                with: url, sending: bytes, within: timeout, encryption: client?.configuration.encryption
            ) { received in
                let frames = Self.frames(received)
                return frames.contains { $0.type == 7 }
                    || frames.contains(where: Self.isAnswer) && frames.contains { $0.type == 6 && $0.flags & 1 == 1 }
            }
        } catch let failure as RawExchange.Failure {
            throw Finding("after an unknown setting, an unknown frame and a header in two frames \(failure)")
        }
        let frames = Self.frames(seen)
        try expect(
            !frames.contains { $0.type == 7 },
            "the server closes the connection (GOAWAY) over an unknown setting, an unknown frame or a header in two frames"
        )
        try expect(
            frames.contains { $0.type == 6 && $0.payload == ping }, "PING is not answered with its own eight bytes")
    }

    private struct Frame {
        let type: UInt8
        let flags: UInt8
        let stream: UInt8
        let payload: [UInt8]
    }

    /// A header of the answer on stream 1.
    @Sendable private static func isAnswer(_ frame: Frame) -> Bool { frame.type == 1 && frame.stream == 1 }

    /// The whole frames in `bytes`.
    private static func frames(_ bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard rest.count >= 9 + length else { break }
            let payload = Array(rest.dropFirst(9).prefix(length))
            frames.append(Frame(type: head[3], flags: head[4], stream: head[8], payload: payload))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }

    private func frame(type: UInt8, flags: UInt8 = 0, stream: UInt8 = 0, _ payload: [UInt8]) -> [UInt8] {
        [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xff), type, flags, 0, 0, 0, stream] + payload
    }

    /// `GET` and the scheme from the static table, and literals without indexing (RFC 7541, appendix A and section 6.2.2).
    private func headerBlock(path: String) -> [UInt8] {
        var block: [UInt8] = [0x82, url.isSecure ? 0x87 : 0x86]
        var fields = [(":path", path), (":authority", url.authority)]
        if let token = client?.currentToken() { fields.append(("authorization", "Bearer \(token)")) }
        for (name, value) in fields {
            block.append(0)
            for text in [name, value] { block += length(text.utf8.count) + Array(text.utf8) }
        }
        return block
    }

    /// The length of a string that is not Huffman-coded (RFC 7541 sections 5.1 and 5.2).
    private func length(_ count: Int) -> [UInt8] {
        guard count >= 127 else { return [UInt8(count)] }
        var bytes: [UInt8] = [127]
        var rest = count - 127
        while rest >= 128 {
            bytes.append(UInt8(rest % 128) | 0x80)
            rest /= 128
        }
        return bytes + [UInt8(rest)]
    }
}
