import Testing

/// Every command explains itself, with examples.
@Suite struct HelpTests {
    private static let commands: [(Executable, [String])] = [
        (.trainer, []), (.trainer, ["prepare"]), (.trainer, ["inspect"]), (.trainer, ["export"]), (.trainer, ["train"]),
        (.trainer, ["report"]), (.trainer, ["show"]), (.trainer, ["replay"]), (.trainer, ["demo"]),
        (.trainer, ["convert"]), (.trainer, ["merge"]), (.trainer, ["health"]),
        (.reward, []), (.reward, ["serve"]), (.reward, ["score"]), (.reward, ["explain"]), (.reward, ["rescore"]),
        (.reward, ["conform"]), (.reward, ["health"]),
        (.evaluator, []), (.evaluator, ["serve"]), (.evaluator, ["run"]), (.evaluator, ["health"]),
    ]

    @Test(arguments: 0..<commands.count)
    func helpHasExamples(index: Int) throws {
        let (executable, command) = Self.commands[index]
        let outcome = try executable.run(command + ["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        #expect(outcome.output.contains("USAGE: \(([executable.name] + command).joined(separator: " "))"))
        #expect(outcome.output.contains("Examples:\n"), "\(executable.name) \(command) has no examples")
    }

    @Test(arguments: [Executable.trainer, .reward, .evaluator].map(\.name))
    func everySubcommandIsTestedAbove(name: String) throws {
        let help = try Executable(name: name).run(["--help"]).output
        let list = try #require(help.split(separator: "SUBCOMMANDS:\n").last)
        // A subcommand is indented by two, the rest of its summary by more.
        let named = list.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }.filter { $0 != "See" }
        let tested = Self.commands.filter { $0.0.name == name }.compactMap(\.1.first)
        #expect(named.sorted() == tested.sorted())
    }
}
