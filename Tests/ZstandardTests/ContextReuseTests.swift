import TestSupport
import Testing
import Zstandard

/// Contexts are kept and used again: nothing of one stream may show in the next.
@Suite struct ContextReuseTests {
    @Test func leavesNothingBehind() throws {
        var generator = SeededGenerator(seed: 7)
        let content = generator.bytes(60_000)
        let compressed = try Zstandard.compress(content)
        for level: Int32 in [1, 19, 3] {
            // Left unfinished, with another level and a size that was promised.
            let unfinished = try ZstandardCompressor(level: level, contentSize: 1_000_000)
            _ = try unfinished.append(content)
        }
        for damage in [compressed.dropLast(9), compressed.prefix(20) + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] {
            // Left in the middle of a frame, and after an error.
            let broken = try ZstandardDecompressor(limit: 10, maximumWindowLog: 10)
            _ = try? broken.append(Array(damage))
        }
        for _ in 0..<20 {
            #expect(try Zstandard.compress(content) == compressed)
            #expect(try Zstandard.decompress(compressed, limit: content.count) == content)
        }
    }

    @Test func servesManyAtOnce() async throws {
        var generator = SeededGenerator(seed: 8)
        let contents = (0..<64).map { _ in generator.bytes(Int.random(in: 0...200_000, using: &generator)) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for content in contents {
                group.addTask {
                    try Zstandard.decompress(Zstandard.compress(content), limit: content.count) == content
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }
}
