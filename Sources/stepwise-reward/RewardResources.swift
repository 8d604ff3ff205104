import ModelCore
import Reward
import ServiceAPI
import ServiceKit

/// What the configuration gives to reward functions: tokenizers and programs, by name.
struct RewardResources {
    let registry: RewardRegistry

    /// - Throws: `CommandFailure` for a setting that makes no sense, the tokenizer's error for one that cannot be read.
    init(_ settings: RewardSettings) throws {
        var environment = RewardEnvironment()
        for (name, path) in settings.tokenizers {
            let tokenizer = try TokenizerLoading.load(checkpoint: path)
            environment.tokenizers[name] = NamedTokenizer(
                identity: Self.identity(of: tokenizer), bytes: { Array(tokenizer.bytes(of: TokenID($0))) }
            ) { text in
                tokenizer.encode(text, parsingSpecialTokens: false).map { Int32($0) }
            }
        }
        for (name, program) in settings.programs {
            try program.check(name: name)
            environment.programs[name] = SupervisedProgram(name: name, settings: program)
        }
        registry = RewardRegistry.standard(in: environment)
    }

    /// A hash of what the tokenizer makes of its own vocabulary's size and bytes: FNV-1a over all tokens.
    private static func identity(of tokenizer: any Tokenizer) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for token in 0..<tokenizer.vocabularySize {
            tokenizer.bytes(of: TokenID(token)).forEach(add)
            add(0xFF)
        }
        return String(hash, radix: 16)
    }
}

extension SupervisedProgram: ExternalProgram {}
