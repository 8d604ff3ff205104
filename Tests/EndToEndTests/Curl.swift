import Foundation
import Testing

/// curl and zstd as a user has them in a shell.
struct Curl {
    enum Version: String, CaseIterable {
        case http1 = "--http1.1"
        case http2 = "--http2-prior-knowledge"

        /// As curl's `%{http_version}` has it.
        var reported: String { self == .http1 ? "1.1" : "2" }
    }

    struct Answer {
        let status: Int
        let version: String
        let contentType: String
        let body: String
    }

    /// Whether both are there; tests without them are skipped.
    static let isInstalled = ["curl", "zstd"].allSatisfy { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }

    /// Runs `command | curl ARGUMENTS`, where the command may be empty, in a shell.
    ///
    /// - Parameter input: standard input of the pipe.
    static func run(
        _ arguments: String, after command: String = "", _ version: Version = .http2, url: String, input: String = ""
    ) throws -> Answer {
        let folder = try TemporaryFolder()
        let bodyFile = folder.url.appending(path: "body").path
        let outputFile = folder.url.appending(path: "output").path
        let inputFile = try folder.write(input, to: "input")
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let pipe = command.isEmpty ? "" : command + " | "
        process.arguments = [
            "-c",
            """
            \(pipe)curl -sS --max-time 30 \(version.rawValue) -o '\(bodyFile)' \
            -w '%{http_code} %{http_version} %{content_type}' \(arguments) '\(url)' > '\(outputFile)'
            """,
        ]
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: inputFile))
        try process.run()
        try #require(process.ends(within: 40), "curl did not end")
        let words = try String(contentsOfFile: outputFile, encoding: .utf8).split(separator: " ", maxSplits: 2)
        try #require(words.count >= 2, "curl said nothing")
        let body = FileManager.default.contents(atPath: bodyFile) ?? Data()
        return Answer(
            status: Int(words[0]) ?? 0, version: String(words[1]), contentType: words.count > 2 ? String(words[2]) : "",
            body: String(decoding: body, as: UTF8.self))
    }
}
