import TestSupport
import Testing
import Zstandard

@Suite("zstd piece by piece")
struct ZstandardStreamingTests {
    @Test("Random data in random pieces comes back whole", arguments: 0..<20)
    func roundTrip(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = random.bytes(Int.random(in: 0...300_000, using: &random))
        let compressor = try ZstandardCompressor(level: 1)
        var compressed: [UInt8] = []
        for piece in random.pieces(of: bytes, longest: 40_000) {
            compressed += try compressor.append(piece)
            if Int.random(in: 0..<4, using: &random) == 0 { compressed += try compressor.flush() }
        }
        compressed += try compressor.finish()

        let decompressor = try ZstandardDecompressor(limit: bytes.count)
        var expanded: [UInt8] = []
        for piece in random.pieces(of: compressed, longest: [1, 7, 50_000][seed % 3]) {
            expanded += try decompressor.append(piece)
        }
        try decompressor.finish()
        #expect(expanded == bytes)
    }

    @Test("After a flush the reader has everything that was appended")
    func flush() throws {
        let compressor = try ZstandardCompressor()
        let decompressor = try ZstandardDecompressor(limit: 100)
        for line in ["queued", "running", "succeeded"] {
            let compressed = try compressor.append(Array(line.utf8)) + compressor.flush()
            #expect(try decompressor.append(compressed) == Array(line.utf8))
        }
        _ = try decompressor.append(compressor.finish())
        try decompressor.finish()
    }

    @Test("A bomb of 1 GiB of zeros stops at the limit")
    func bomb() throws {
        let compressor = try ZstandardCompressor(level: 1)
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var bomb: [UInt8] = []
        for _ in 0..<1_024 { bomb += try compressor.append(zeros) }
        bomb += try compressor.finish()
        #expect(bomb.count < 1 << 20)

        let limit = 1 << 20
        #expect(throws: ZstandardError.expandsBeyond(limit: limit)) { try Zstandard.decompress(bomb, limit: limit) }

        // The same by hand: no chunk is large, and what was handed out stays within the limit.
        let decompressor = try ZstandardDecompressor(limit: limit)
        decompressor.feed(bomb)
        var handedOut = 0
        #expect(throws: ZstandardError.expandsBeyond(limit: limit)) {
            while let chunk = try decompressor.nextChunk() {
                #expect(chunk.count <= 128 << 10)
                handedOut += chunk.count
            }
        }
        #expect(handedOut <= limit)
    }

    @Test("A frame that claims a huge content is not believed")
    func claim() {
        // Single segment with an eight-byte content size of 2^62, then a block of three raw bytes that is not the last.
        let header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0x40]
        let multiSegment: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xC0, 0x00, 0, 0, 0, 0, 0, 0, 0, 0x40]
        let block: [UInt8] = [0x18, 0, 0, 1, 2, 3]
        #expect(throws: ZstandardError.self) { try Zstandard.decompress(header + block, limit: 1_000) }
        #expect(throws: ZstandardError.self) { try Zstandard.decompress(multiSegment + block, limit: 1_000) }
    }

    @Test("a frame that is shorter than its header says is damaged, however it is cut")
    func shortFrame() throws {
        // A content size of 400 bytes, and one empty block (found by fuzzing).
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x60, 0x90, 0x00, 0x01, 0x00, 0x00]
        #expect(throws: ZstandardError.self) { try Zstandard.decompress(frame, limit: 1000) }
        let decompressor = try ZstandardDecompressor(limit: 1000)
        #expect(throws: ZstandardError.corrupt("a frame has 0 bytes of content, and its header says 400")) {
            for byte in frame { _ = try decompressor.append([byte]) }
        }
    }

    @Test("An error stays: later calls throw it again")
    func errorsStay() throws {
        let decompressor = try ZstandardDecompressor(limit: 10)
        #expect(throws: ZstandardError.notZstandard) { try decompressor.append(Array("not zstd".utf8)) }
        #expect(throws: ZstandardError.notZstandard) { try decompressor.append(try Zstandard.compress([1])) }
        #expect(throws: ZstandardError.notZstandard) { try decompressor.finish() }
    }

    @Test("Nothing at all is truncated")
    func empty() throws {
        let decompressor = try ZstandardDecompressor(limit: 10)
        #expect(try decompressor.append([]).isEmpty)
        #expect(throws: ZstandardError.truncated) { try decompressor.finish() }
    }
}
