import Foundation
import Testing

/// `stepwise-trainer convert` as a user runs it.
@Suite struct ConvertCommandTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/gguf").path

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    @Test func itWritesAFolderAndSaysWhatWasInTheFile() throws {
        let input = Self.fixtures + "/tiny-qwen2.gguf"
        let outcome = try Executable.trainer.run(["convert", input, "-o", "model"], in: folder.url)
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        #expect(
            outcome.output == """
                \(input): GGUF 3, qwen2, 2 layers, 24096 weights (tensors: 11 F32, 15 BF16)
                Wrote model with bf16 weights; the file has no tokenizer

                """)
        #expect(try names() == ["model"])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/model").sorted() == [
                "config.json", "generation_config.json", "model.safetensors",
            ])
    }

    /// F16 has bits that BF16 has not: a file of such weights keeps them, unless it is told to round them.
    @Test(arguments: [([], "f32"), (["--weights", "bf16"], "bf16")])
    func weightsAreKeptExactlyUnlessToldOtherwise(options: [String], weights: String) throws {
        let input = Self.fixtures + "/tiny-qwen3.gguf"
        let outcome = try Executable.trainer.run(["convert", input, "-o", "model"] + options, in: folder.url)
        #expect(outcome.output.contains("Wrote model with \(weights) weights"))
        #expect(outcome.status == 0)
    }

    @Test func aFileThatIsNoneLeavesNothing() throws {
        _ = try folder.write("GGUF is a format", to: "text.gguf")
        let outcome = try Executable.trainer.run(["convert", "text.gguf", "-o", "model"], in: folder.url)
        #expect(outcome.status == 65)
        #expect(outcome.output == "")
        #expect(outcome.error == "error: text.gguf: is GGUF version 544434464, and 2 and 3 can be read\n")
        #expect(try names() == ["text.gguf"])
    }
}
