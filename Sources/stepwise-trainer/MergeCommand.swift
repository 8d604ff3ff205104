import ArgumentParser
import ModelCore

/// `stepwise-trainer merge`: an adapter folder as a whole checkpoint.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Merge low-rank adapters into the model that they adapt.",
        discussion: """
            A run with 'model.lora' writes checkpoints that hold the adapters alone, in PEFT's form, and name the model that they adapt. This \
            makes a whole Hugging Face folder of one. It appears whole or not at all.

            Examples:
              stepwise-trainer merge runs/lora/checkpoints/step-200 -o merged
            """)

    @Argument(help: "The adapter folder.", completion: .directory)
    var input: String

    @Option(name: .shortAndLong, help: "The folder to write; one that holds a checkpoint is replaced.")
    var output: String

    @Option(help: "The weights' element type: bf16 rounds small changes away that f32 keeps.")
    var weights: ConvertCommand.Weights = .f32

    func run() throws {
        guard let base = try Checkpoint.adapterBase(of: input) else {
            throw ValidationError(
                "\(input) is no adapter folder: it has no adapter_config.json, or is a whole checkpoint.")
        }
        let (model, tokenizer) = try Checkpoint.load(from: input, for: .inference(weights: .float32))
        try Checkpoint.save(
            model, tokenizer: tokenizer, generation: Checkpoint.generationConfiguration(of: base), to: output,
            dataType: weights.dataType)
        print("Wrote \(output): \(base) with the adapters of \(input), \(weights.rawValue) weights")
    }
}
