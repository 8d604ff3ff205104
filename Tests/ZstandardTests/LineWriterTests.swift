import Foundation
import TestSupport
import Testing
import Zstandard

@Suite("Writing lines")
struct LineWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("Nothing is at the path before commit, and nothing else after it", arguments: ["a.jsonl", "a.jsonl.zst"])
    func atomic(name: String) throws {
        let writer = try LineWriter(path: folder.file(name))
        for number in 0..<50_000 { try writer.write("line \(number)") }
        #expect(!FileManager.default.fileExists(atPath: folder.file(name)))
        try writer.commit()
        #expect(try folder.names() == [name])
        writer.abandon()
        #expect(try folder.names() == [name])
    }

    @Test("Abandoned or let go, a writer leaves nothing, and the old file as it was")
    func abandoned() throws {
        try folder.write("old", to: "a.txt")
        let writer = try LineWriter(path: folder.file("a.txt"))
        try writer.write("new")
        writer.abandon()
        do {
            let forgotten = try LineWriter(path: folder.file("b.txt"))
            try forgotten.write("new")
        }
        #expect(try folder.names() == ["a.txt"])
        #expect(try folder.read("a.txt") == Array("old".utf8))
    }

    @Test("A link stays a link, and what it points to is replaced")
    func link() throws {
        try folder.write("old", to: "target.txt")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link.txt"), withDestinationPath: folder.file("target.txt"))
        let writer = try LineWriter(path: folder.file("link.txt"))
        try writer.write("new")
        try writer.commit()
        #expect(try folder.read("target.txt") == Array("new\n".utf8))
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link.txt")).hasSuffix("target.txt"))
    }

    @Test("A device is written to, never replaced")
    func device() throws {
        let writer = try LineWriter(path: "/dev/null")
        try writer.write("gone")
        try writer.commit()
        let attributes = try FileManager.default.attributesOfItem(atPath: "/dev/null")
        #expect(attributes[.type] as? FileAttributeType == .typeCharacterSpecial)
    }

    @Test("A full disk is an error, not a short file")
    func fullDisk() throws {
        let writer = try LineWriter(path: "/dev/full")
        try writer.write("too much")
        #expect {
            try writer.commit()
        } throws: { "\($0)" == "/dev/full: cannot write the file: No space left on device" }
    }

    @Test("A folder that is missing, and a folder in place of a file, say so")
    func places() throws {
        #expect {
            try LineWriter(path: folder.file("no/such/a.txt"))
        } throws: { "\($0)".hasSuffix("a.txt: cannot write the file: No such file or directory") }
        #expect {
            try LineWriter(path: folder.path)
        } throws: { "\($0)" == "\(folder.path): is a folder; name a file in it" }
        #expect { try LineWriter(path: folder.file("a.zst"), level: 40) } throws: { "\($0)".contains("level 40") }
    }
}
