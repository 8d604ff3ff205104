import TestSupport
import Testing
import Zstandard

@Suite("Reading lines")
struct LineReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func lines(_ path: String, maximumLineBytes: Int = 1_000_000) throws -> [LineReader.Line] {
        let reader = try LineReader(path: path, maximumLineBytes: maximumLineBytes)
        var result: [LineReader.Line] = []
        while let line = try reader.next() { result.append(line) }
        #expect(try reader.next() == nil)
        return result
    }

    @Test(
        "Lines end in LF or CR LF or with the file",
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\n\n", ["a", ""]), ("a\r\nb", ["a", "b"]),
            ("a\rb\r\n", ["a\rb"]), ("\u{FEFF}a\nb", ["a", "b"]), ("é\u{2028}x\n", ["é\u{2028}x"]),
        ] as [(String, [String])])
    func lineEnds(text: String, expected: [String]) throws {
        for path in [
            try folder.write(text, to: "plain.txt"),
            try folder.write(try Zstandard.compress(Array(text.utf8)), to: "text.zst"),
            try folder.write(try Zstandard.compress(Array(text.utf8)), to: "zstd-by-its-first-bytes.txt"),
        ] {
            let lines = try lines(path)
            #expect(lines.map(\.text) == expected)
            #expect(lines.map(\.number) == Array(1...(expected.count + 1)).dropLast())
        }
    }

    @Test("Many lines of random length, across all buffer borders, plain and compressed", arguments: 0..<4)
    func manyLines(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let written = (0..<3_000).map { _ in
            String(repeating: "é€x", count: Int.random(in: 0...200, using: &random))
        }
        for name in ["lines.txt", "lines.txt.zst"] {
            let writer = try LineWriter(path: folder.file(name))
            for line in written { try writer.write(line) }
            try writer.commit()
            #expect(try lines(folder.file(name)).map(\.text) == written)
        }
        #expect(Zstandard.isZstandard(try folder.read("lines.txt.zst")))
        #expect(!Zstandard.isZstandard(try folder.read("lines.txt")))
    }

    @Test("Invalid UTF-8 is named by file and line")
    func invalidUTF8() throws {
        let path = try folder.write(Array("good\nb".utf8) + [0xFF] + Array("d\n".utf8), to: "bad.txt")
        #expect {
            try lines(path)
        } throws: { "\($0)" == "\(path):2: the line is not valid UTF-8; convert the file to UTF-8" }
    }

    @Test("A line beyond the limit is refused, with and without an end in sight")
    func longLine() throws {
        for text in ["a\n12345\n", "a\n12345"] {
            let path = try folder.write(text, to: "long.txt")
            #expect(try lines(path, maximumLineBytes: 5).count == 2)
            #expect {
                try lines(path, maximumLineBytes: 4)
            } throws: { "\($0)" == "\(path):2: the line is longer than 4 bytes" }
        }
    }

    @Test("A bomb in a file stops at the longest line that is allowed")
    func bomb() throws {
        let path = try folder.write(try Zstandard.compress([UInt8](repeating: 65, count: 50 << 20)), to: "bomb.zst")
        #expect { try lines(path) } throws: { "\($0)".contains(":1: the line is longer than 1000000 bytes") }
    }

    @Test("A truncated .zst names the line at which it breaks off")
    func truncated() throws {
        let text = (0..<200_000).map { "line \($0 &* 7_919)\n" }.joined()
        let compressed = try Zstandard.compress(Array(text.utf8))
        let path = try folder.write(Array(compressed.dropLast(10)), to: "cut.zst")
        #expect {
            try lines(path)
        } throws: { error in
            guard let error = error as? FileError, let line = error.line else { return false }
            return line > 1_000 && error.message == ZstandardError.truncated.description
        }
    }

    @Test("A file named .zst must be zstd", arguments: ["", "{", "plain text\n"])
    func notZstandard(text: String) throws {
        let path = try folder.write(text, to: "plain.jsonl.zst")
        #expect { try lines(path) } throws: { "\($0)".hasPrefix("\(path): the file is named .zst, but it ") }
    }

    @Test("A missing file and a folder say what is wrong")
    func missing() throws {
        let missing = folder.file("missing.jsonl")
        #expect {
            try lines(missing)
        } throws: { "\($0)" == "\(missing): cannot open the file: No such file or directory" }
        #expect { try lines(folder.path) } throws: { "\($0)" == "\(folder.path): cannot read the file: Is a directory" }
    }
}
