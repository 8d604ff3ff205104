/// Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685): W x + alpha / rank * B A x, with W frozen. The names are PEFT's.
public struct LoRAConfiguration: Codable, Sendable, Equatable {
    /// The linear layers of a transformer layer, by Hugging Face's names.
    public enum Target: String, Codable, Sendable, CaseIterable {
        case query = "q_proj"
        case key = "k_proj"
        case value = "v_proj"
        case output = "o_proj"
        case gate = "gate_proj"
        case up = "up_proj"
        case down = "down_proj"
    }

    public var rank: Int
    public var alpha: Float
    /// All linear layers unless told otherwise, as QLoRA recommends (Dettmers et al. 2023, arXiv 2305.14314).
    public var targets: [Target]

    public init(rank: Int = 16, alpha: Float = 32, targets: [Target] = Target.allCases) {
        self.rank = rank
        self.alpha = alpha
        self.targets = targets
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = LoRAConfiguration()
        rank = try values.decodeIfPresent(Int.self, forKey: .rank) ?? defaults.rank
        alpha = try values.decodeIfPresent(Float.self, forKey: .alpha) ?? defaults.alpha
        targets = try values.decodeIfPresent([Target].self, forKey: .targets) ?? defaults.targets
    }

    /// - Throws: ``ModelError`` naming the key whose value makes no sense.
    public func validate() throws {
        guard rank >= 1 else { throw ModelError("'rank' is \(rank), and must be 1 or more") }
        guard alpha > 0, alpha.isFinite else { throw ModelError("'alpha' is \(alpha), and must be above 0") }
        guard !targets.isEmpty else {
            throw ModelError(
                "'targets' is empty; it names one or more of \(Target.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        guard Set(targets).count == targets.count else { throw ModelError("'targets' names a layer twice") }
    }

    /// Whether adapters of the two have the same shapes and strength.
    func isEquivalent(to other: LoRAConfiguration) -> Bool {
        rank == other.rank && alpha == other.alpha && Set(targets) == Set(other.targets)
    }

    var scale: Float { alpha / Float(rank) }
}
