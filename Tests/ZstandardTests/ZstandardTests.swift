import TestSupport
import Testing
import Zstandard

@Suite("zstd in one go")
struct ZstandardTests {
    @Test("What was compressed comes back", arguments: [0, 1, 2, 255, 4_096, 131_072, 131_073, 1_000_000])
    func roundTrip(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let bytes = random.bytes(count)
        for level in [Int32(-5), 1, 3, 19] where count <= 131_073 || level < 19 {
            let compressed = try Zstandard.compress(bytes, level: level)
            #expect(try Zstandard.decompress(compressed, limit: count) == bytes)
        }
    }

    @Test("Text is compressed, and the frame carries a checksum")
    func compresses() throws {
        let text = Array(String(repeating: "Natalia sold 24 clips in May. ", count: 1_000).utf8)
        var compressed = try Zstandard.compress(text)
        #expect(compressed.count < text.count / 50)
        compressed[compressed.count - 1] ^= 1
        #expect { try Zstandard.decompress(compressed, limit: text.count) } throws: { error in
            guard case ZstandardError.corrupt(let reason) = error else { return false }
            return reason.contains("checksum")
        }
    }

    @Test("A content of exactly the limit passes, one byte more does not")
    func limitIsExact() throws {
        for count in [1, 1_000, 131_071, 131_072, 131_073, 300_000] {
            let compressed = try Zstandard.compress([UInt8](repeating: 7, count: count))
            #expect(try Zstandard.decompress(compressed, limit: count).count == count)
            #expect(throws: ZstandardError.expandsBeyond(limit: count - 1)) {
                try Zstandard.decompress(compressed, limit: count - 1)
            }
        }
        #expect(try Zstandard.decompress(try Zstandard.compress([]), limit: 0).isEmpty)
    }

    @Test("Bytes that are no zstd are refused")
    func notZstandard() {
        for bytes in ["{\"function\": \"srl.similarity\"}", "x", "(\u{35}", "PK\u{3}\u{4} is a zip file"] {
            #expect(throws: ZstandardError.notZstandard) {
                try Zstandard.decompress(Array(bytes.utf8), limit: 1_000)
            }
        }
        // The format of zstd 0.7: libzstd may be built to expand it, with a decoder that knows no window limit.
        #expect(throws: ZstandardError.notZstandard) {
            try Zstandard.decompress([0x27, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0, 0, 0], limit: 1_000)
        }
        #expect(!Zstandard.isZstandard([0x28, 0xB5]))
        #expect(Zstandard.isZstandard([0x28, 0xB5, 0x2F, 0xFD, 0]))
        #expect(Zstandard.isZstandard([0x5A, 0x2A, 0x4D, 0x18]))
    }

    @Test("A frame that is cut short anywhere is truncated, not empty")
    func truncated() throws {
        var random = SeededGenerator(seed: 11)
        let compressed = try Zstandard.compress(random.bytes(3_000))
        for count in 0..<compressed.count {
            #expect(throws: ZstandardError.truncated) {
                try Zstandard.decompress(Array(compressed[..<count]), limit: 10_000)
            }
        }
    }

    @Test("Concatenated and skippable frames are one content; anything else after a frame is not")
    func frames() throws {
        let first = try Zstandard.compress(Array("one ".utf8))
        let second = try Zstandard.compress(Array("two".utf8))
        let skippable: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let content = try Zstandard.decompress(skippable + first + skippable + second + skippable, limit: 7)
        #expect(content == Array("one two".utf8))
        #expect(throws: ZstandardError.expandsBeyond(limit: 6)) {
            try Zstandard.decompress(first + second, limit: 6)
        }
        for garbage in [[UInt8(0)], [0x28, 0xB6], Array("garbage".utf8)] {
            #expect(throws: ZstandardError.trailingGarbage) {
                try Zstandard.decompress(first + garbage, limit: 100)
            }
        }
        #expect(throws: ZstandardError.truncated) { try Zstandard.decompress(first + second.dropLast(), limit: 100) }
    }

    @Test("A frame with a window above 8 MiB is refused")
    func window() {
        // No checksum, no content size, window descriptor of 2^24 bytes, one empty last block.
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 14 << 3, 0x01, 0x00, 0x00]
        #expect(throws: ZstandardError.windowTooLarge(maximumLog: 23)) {
            try Zstandard.decompress(frame, limit: 1_000)
        }
        var allowed = frame
        allowed[5] = 13 << 3
        #expect(throws: Never.self) { try Zstandard.decompress(allowed, limit: 1_000) }
    }

    @Test("Our highest level makes frames that our own reader accepts")
    func highestLevel() throws {
        let compressor = try ZstandardCompressor(level: Zstandard.levels.upperBound)
        let compressed = try compressor.append([1, 2, 3]) + compressor.finish()
        #expect(try Zstandard.decompress(compressed, limit: 3) == [1, 2, 3])
    }

    @Test("A level that does not exist is named with those that do")
    func invalidLevel() {
        #expect {
            try Zstandard.compress([1], level: 99)
        } throws: {
            "\($0)" == "zstd has no compression level 99; choose one from \(Zstandard.levels.lowerBound) to 22"
        }
    }

    @Test("Random changes to a frame never crash and never pass the limit")
    func fuzz() throws {
        var random = SeededGenerator(seed: 5)
        let compressed = try Zstandard.compress(random.bytes(2_000))
        var refused = 0
        for _ in 0..<2_000 {
            var damaged = compressed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                #expect(try Zstandard.decompress(damaged, limit: 2_000).count <= 2_000)
            } catch {
                #expect(!error.description.isEmpty)
                refused += 1
            }
        }
        #expect(refused > 1_500)
    }
}
