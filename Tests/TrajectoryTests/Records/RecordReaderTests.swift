import TestSupport
import Testing
import Trajectory
import Zstandard

@Suite("Rows of data files")
struct RecordReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func rows(_ text: String, maximumBytes: Int = 1 << 20) throws -> [(line: Int, number: Int, text: String)] {
        let reader = try RecordReader(path: folder.write(text, to: "rows"), maximumBytes: maximumBytes)
        var rows: [(line: Int, number: Int, text: String)] = []
        while let row = try reader.next() {
            rows.append((row.line, row.number, String(decoding: row.bytes, as: UTF8.self)))
        }
        #expect(try reader.next() == nil)
        return rows
    }

    @Test(
        "Lines, arrays and objects are told apart by the first bytes, and rows know their lines",
        arguments: [
            ("", [], []), ("\n \n", [], []), (#"{"a":1}"#, [#"{"a":1}"#], [1]),
            ("{\"a\":1}\n\n{\"a\":2}\r\n", [#"{"a":1}"#, "{\"a\":2}\r"], [1, 3]),
            ("\u{FEFF}{\"a\":1}\n{\"a\":2}", [#"{"a":1}"#, #"{"a":2}"#], [1, 2]),
            ("[]", [], []), (" [ ] \n", [], []), (#"[{"a":1},{"a":2}]"#, [#"{"a":1}"#, #"{"a":2}"#], [1, 1]),
            (
                "[\n {\"a\":\n 1},\n {\"b\": [\"]\", \"\\\"}\"]}\n]\n",
                ["{\"a\":\n 1}", "{\"b\": [\"]\", \"\\\"}\"]}"], [2, 4]
            ),
            ("[1, \"a,b\", null]", ["1", "\"a,b\"", "null"], [1, 1, 1]),
            ("{\n\"a\": 1\n}\n{\"a\":\n2}", ["{\n\"a\": 1\n}", "{\"a\":\n2}"], [1, 4]),
            // A bracket too many is a damaged row, and reading goes on after it.
            ("{\n\"a\": 1}} ]\n{\"b\": 2}", ["{\n\"a\": 1}", "}", "]", "{\"b\": 2}"], [1, 2, 2, 3]),
            // The rest of a damaged row is a row of its own, not a reason to swallow the next.
            ("{\"a\": \n{\"a\":2}", ["{\"a\": ", #"{"a":2}"#], [1, 2]),
        ] as [(String, [String], [Int])])
    func layouts(text: String, expected: [String], lines: [Int]) throws {
        let rows = try rows(text)
        #expect(rows.map(\.text) == expected)
        #expect(rows.map(\.line) == lines)
        #expect(rows.map(\.number) == Array(1...(expected.count + 1)).dropLast())
    }

    @Test("Rows of random length, across all borders of chunks, in every layout", arguments: 0..<3)
    func borders(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let objects = (0..<2_000).map { number in
            let text = String(repeating: "é\\\"}],", count: Int.random(in: 0...60, using: &random))
            return "{\"n\":\(number),\"t\":\"\(text)\"}"
        }
        let lines = objects.joined(separator: "\n")
        let array = "[\(objects.joined(separator: ",\n "))]"
        let spread = "{\n\(objects[0].dropFirst())\n\(objects.dropFirst().joined(separator: " "))"
        for text in [lines, array, spread] {
            let found = try rows(text)
            #expect(found.count == 2_000)
            #expect(found.dropFirst().map { $0.text.filter { $0 != "\r" } } == Array(objects.dropFirst()))
            #expect(found.allSatisfy { (try? DataValue(json: $0.text)) != nil })
            let packed = try folder.write(try Zstandard.compress(Array(text.utf8)), to: "rows.zst")
            let reader = try RecordReader(path: packed)
            var count = 0
            while try reader.next() != nil { count += 1 }
            #expect(count == 2_000 && reader.bytesRead == text.utf8.count)
        }
    }

    @Test(
        "A file that is cut short or no data is an error with its line",
        arguments: [
            ("[{\"a\":1},\n", ":2: the array is not closed: the file is cut short"),
            ("[{\"a\":1}\n{\"a\":2}]", ":2: after row 1 of the array, a ',' or the closing ']' is missing"),
            ("[{\"a\":1}] {}", ":1: something follows the array; one file holds one array"),
            ("[\n{\"a\": [", ":2: the row is not valid JSON: it ends too early"),
            ("{\n\"a\": \"x", ":1: the row is not valid JSON: it ends too early"),
        ])
    func cut(text: String, message: String) {
        #expect { try rows(text) } throws: { "\($0)" == folder.file("rows") + message }
    }

    @Test("A row has a longest length, whatever the layout", arguments: ["\n", "]"])
    func tooLong(end: String) {
        let long = (end == "]" ? "[" : "") + "{\"a\":\"" + String(repeating: "x", count: 300_000) + "\"}" + end
        #expect { try rows(long, maximumBytes: 100_000) } throws: {
            "\($0)".hasSuffix(":1: the row is longer than 100000 bytes")
        }
    }

    @Test("gzip is refused with what to do")
    func gzip() throws {
        let path = try folder.write([0x1F, 0x8B, 8, 0, 0, 0], to: "rows.jsonl.gz")
        #expect { try RecordReader(path: path).next() } throws: {
            "\($0)" == "\(path): is gzip, which is not read; expand it with gzip -dc and pipe it in as -"
        }
    }
}
