import TestSupport
import Testing
import Trajectory
import Zstandard

@Suite("Trajectory files")
struct TrajectoryFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let good = #"{"id": "a", "problem": "p", "steps": ["one", "two"]}"#

    private let examples = [
        ExpertTrajectory(id: "a", problem: "2 + 2?", steps: ["2 + 2 = 4"], answer: "4"),
        ExpertTrajectory(
            id: "b/c ~ \u{1F600}", problem: "Line one\nline two\r\n\t\"quoted\" \\ \u{2028} e\u{301}",
            steps: ["  indented\n", "<think>|<|im_end|>"], metadata: ["source": "x:1"]),
        ExpertTrajectory(id: "c", problem: "no steps", steps: [], answer: "1"),
        ExpertTrajectory(
            id: "d", problem: "\"quoted\" \\ /\u{1}\u{7F}\t", steps: ["ls", "é\u{2028}😀"], observations: ["a\r\nb", ""]),
    ]

    /// The error of reading `text`, without the path in front of it.
    private func error(reading text: String, name: String = "bad.jsonl") throws -> String {
        let path = try folder.write(text, to: name)
        do {
            _ = try TrajectoryFile.read(path)
            return "no error"
        } catch let error as TrajectoryError {
            #expect(error.file == path)
            return String(error.description.dropFirst(path.count))
        }
    }

    @Test("What was written is read again, plain and compressed", arguments: ["data.jsonl", "data.jsonl.zst"])
    func roundTrip(name: String) throws {
        try TrajectoryFile.write(examples, to: folder.file(name))
        let read = try TrajectoryFile.read(folder.file(name))
        #expect(read == examples)
        #expect(read[1].problem.utf8.elementsEqual(examples[1].problem.utf8))
        #expect(Zstandard.isZstandard(try folder.read(name)) == name.hasSuffix(".zst"))
    }

    @Test("The same data set is the same bytes")
    func deterministic() throws {
        var many = examples
        many[1].metadata = Dictionary(uniqueKeysWithValues: (0..<50).map { ("key \($0)", "value") })
        try TrajectoryFile.write(many, to: folder.file("one.jsonl"))
        try TrajectoryFile.write(many, to: folder.file("two.jsonl"))
        #expect(try folder.read("one.jsonl") == folder.read("two.jsonl"))
    }

    @Test("Blank lines, a null answer and Windows line ends are read")
    func tolerated() throws {
        let path = try folder.write(
            "\r\n\(Self.good)\r\n  \n{\"id\": \"b\", \"problem\": \"q\", \"steps\": [], \"answer\": null}",
            to: "a.jsonl")
        #expect(try TrajectoryFile.read(path).map(\.id) == ["a", "b"])
    }

    @Test(
        "A bad line is named with the field and what is wrong",
        arguments: [
            (#"{"problem": "p", "steps": ["s"]}"#, "/id: the key is missing"),
            (#"{"id": "b", "steps": ["s"]}"#, "/problem: the key is missing"),
            (#"{"id": "b", "problem": "p"}"#, "/steps: the key is missing"),
            (#"{"id": 7, "problem": "p", "steps": []}"#, "/id: expected a string, found a number"),
            (#"{"id": "b", "problem": null, "steps": []}"#, "/problem: expected a string, found null"),
            (#"{"id": "b", "problem": "p", "steps": "s"}"#, "/steps: expected an array, found a string"),
            (#"{"id": "b", "problem": "p", "steps": ["s", 2]}"#, "/steps/1: expected a string, found a number"),
            (#"{"id": "b", "problem": "p", "steps": ["s", " \n"]}"#, "/steps/1: the step is empty"),
            (#"{"id": "", "problem": "p", "steps": []}"#, "/id: the id is empty"),
            (#"{"id": "b", "problem": " ", "steps": []}"#, "/problem: the problem is empty"),
            (#"{"id": "b", "problem": "p", "steps": [], "answer": ""}"#, "/answer: the answer is empty"),
            (#"{"id": "b", "problem": "p", "steps": [], "answer": 72}"#, "/answer: expected a string, found a number"),
            (
                #"{"id": "b", "problem": "p", "steps": [], "metadata": {"a/b": 1}}"#,
                "/metadata/a~1b: expected a string, found a number"
            ),
            (
                #"{"id": "b", "problem": "p", "steps": [], "level": "3"}"#,
                "/level: the key is not known; known are id, problem, steps, observations, answer, metadata."
                    + " Put what you want to keep under metadata"
            ),
            (
                #"{"id": "b", "problem": "p", "steps": ["s"], "observations": ["a", "b"]}"#,
                "/observations: there are 2 observations of 1 steps; each step has one at most"
            ),
            (#"["a", "b"]"#, "expected an object, found an array"),
        ])
    func badLine(line: String, expected: String) throws {
        #expect(try error(reading: "\(Self.good)\n\n\(line)\n") == ":3: \(expected)")
    }

    @Test(
        "A line that is no JSON is named",
        arguments: ["{", "{\"id\": \"b\"", "nonsense", "{'id': 1}", "{} {}", "\u{1}"])
    func notJSON(line: String) throws {
        #expect(try error(reading: "\(Self.good)\n\(line)\n").hasPrefix(":2: the line is not valid JSON: "))
    }

    @Test("Where the JSON of a line breaks is said")
    func placeInJSON() throws {
        #expect(
            try error(reading: #"{"id": "a" "b"}"#)
                == ":1: the line is not valid JSON: invalid value around character 11")
        #expect(try error(reading: #"{"id": "a""#) == ":1: the line is not valid JSON: it ends too early")
    }

    @Test("A repeated id names both lines")
    func repeatedID() throws {
        #expect(
            try error(reading: "\(Self.good)\n\n\(Self.good)\n")
                == ":3: /id: the id \"a\" is already that of line 1; ids must be unique")
    }

    @Test("An empty data set is an error", arguments: ["", "\n", " \n\n"])
    func empty(text: String) throws {
        #expect(try error(reading: text) == ": the file holds no trajectories")
    }

    @Test("Truncated and damaged files, and files that are not there, name themselves")
    func damaged() throws {
        try TrajectoryFile.write(examples, to: folder.file("good.jsonl.zst"))
        let bytes = try folder.read("good.jsonl.zst")
        let cut = try folder.write(Array(bytes.dropLast(3)), to: "cut.jsonl.zst")
        #expect { try TrajectoryFile.read(cut) } throws: {
            "\($0)".contains("cut.jsonl.zst:") && "\($0)".contains("cut short")
        }
        #expect(try error(reading: "not zstd", name: "a.jsonl.zst").contains("the file is named .zst, but"))
        #expect {
            try TrajectoryFile.read(folder.file("missing"))
        } throws: {
            ($0 as? TrajectoryError)?.description.hasSuffix("missing: cannot open the file: No such file or directory")
                == true
        }
    }

    @Test("What could not be read again is not written, and the old file stays")
    func invalidWrites() throws {
        let path = try folder.write("old", to: "data.jsonl")
        let bad = [
            ([], ": there are no trajectories to write"),
            ([examples[0], ExpertTrajectory(id: "b", problem: "", steps: [])], ":2: /problem: the problem is empty"),
            ([examples[0], examples[0]], ":2: /id: the id \"a\" is there twice"),
        ]
        for (trajectories, message) in bad {
            #expect { try TrajectoryFile.write(trajectories, to: path) } throws: { "\($0)" == path + message }
        }
        #expect(try folder.read("data.jsonl") == Array("old".utf8))
        #expect(try folder.names() == ["data.jsonl"])
    }

    @Test("An error of the caller's own passes through")
    func callerError() throws {
        struct Enough: Error {}
        let path = try folder.write(Self.good, to: "data.jsonl")
        #expect(throws: Enough.self) { try TrajectoryFile.forEach(in: path) { _ in throw Enough() } }
    }
}
