import Foundation
import Testing

/// `stepwise-trainer merge` as a user runs it.
@Suite struct MergeCommandTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures").standardizedFileURL.path

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func itMakesAWholeCheckpointOfAdapters() throws {
        let outcome = try Executable.trainer.run(
            ["merge", Self.fixtures + "/adapters/tiny-llama", "-o", "merged"], in: folder.url)
        #expect(outcome.error == "")
        #expect(outcome.status == 0)
        #expect(
            outcome.output
                == "Wrote merged: \(Self.fixtures)/checkpoints/tiny-llama with the adapters of \(Self.fixtures)/adapters/tiny-llama, f32 weights\n"
        )
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/merged").sorted() == [
                "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
            ])
    }

    @Test func aWholeCheckpointIsNotMerged() throws {
        let outcome = try Executable.trainer.run(
            ["merge", Self.fixtures + "/checkpoints/tiny-llama", "-o", "merged"], in: folder.url)
        #expect(outcome.status == 64)
        #expect(outcome.error.contains("is no adapter folder"))
        #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/merged"))
    }
}
