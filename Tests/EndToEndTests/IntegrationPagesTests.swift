import Foundation
import Testing

/// The commands of docs/integrations that need no trainer, run as the pages say, against what they say comes out.
@Suite(.enabled(if: Python.isInstalled && Curl.isInstalled, "python3, curl and zstd are needed"))
struct IntegrationPagesTests {
    @Test(arguments: ["openrlhf", "slime", "nemo-gym", "verl"])
    func theExampleAnswersAsThePageSays(page: String) throws {
        let text = try String(contentsOf: Checkout.url.appending(path: "docs/integrations/\(page).md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "```\n").filter {
            $0.contains("$ curl -s ") || $0.contains("$ python3 -c ")
        }
        #expect(blocks.count == 1)
        let (command, output) = try example(#require(blocks.first))
        let service = try RunningService(.reward)
        let found = try shell(command.replacing("http://127.0.0.1:8080", with: service.url))
        #expect(found == output)
    }

    /// The configuration that the service's image has is the default, as it says.
    @Test func theConfigurationFileHasTheDefaults() throws {
        func dialects(_ arguments: [String]) throws -> Substring? {
            try Executable.reward.run(["serve", "--print-config"] + arguments).output.withoutOrigins
                .components(separatedBy: "dialects:\n").last?[...]
        }
        let file = Checkout.url.appending(path: "services/reward/reward.yaml").path
        #expect(try dialects(["--config", file]) == dialects([]))
    }

    /// A command ends with the line that closes its last quote; what follows is its output.
    private func example(_ block: String) throws -> (command: String, output: String) {
        var command: [Substring] = []
        var rest = block.dropFirst("$ ".count).split(separator: "\n", omittingEmptySubsequences: false)[...]
        repeat {
            let line = rest.popFirst()
            command.append(try #require(line, "the command's quotes are not closed"))
        } while !command.joined().count(where: { $0 == "'" }).isMultiple(of: 2)
        return (command.joined(separator: "\n"), rest.joined(separator: "\n").trimmingCharacters(in: .newlines))
    }

    private func shell(_ command: String) throws -> String {
        let folder = try TemporaryFolder()
        let output = folder.url.appending(path: "output")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = Checkout.url.appending(path: "services/reward/clients")
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { _, new in
            new
        }
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        try #require(process.ends(within: 60))
        return try String(contentsOf: output, encoding: .utf8).trimmingCharacters(in: .newlines)
    }
}
