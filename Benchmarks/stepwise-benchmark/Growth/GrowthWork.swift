import ModelCore

/// Trajectories of equal steps with G rollouts at every boundary, of random bytes.
struct GrowthWork {
    private(set) var shared = TrainingBatch()
    private(set) var alone = TrainingBatch()
    private var trunks = TokenForest()
    private var requests: [GenerationRequest] = []

    private static let length = 32

    init(steps: Int, group: Int = 8, trajectories: Int = 1) {
        var random = RandomGenerator(seed: 11)
        func tokens() -> [TokenID] { (0..<Self.length).map { _ in TokenID(random.next() % 256) } }
        var rollout = 0
        for _ in 0..<trajectories {
            var path: [TokenID] = []
            var (segment, trunk): (Int?, Int?) = (nil, nil)
            for _ in 0..<steps {
                let step = tokens()
                path += step
                segment = shared.forest.add(step, parent: segment)
                trunk = trunks.add(step, parent: trunk)
                for _ in 0..<group {
                    let completion = tokens()
                    let own = shared.forest.add(completion, parent: segment)
                    shared.add(rollout, shared.forest.predictions(of: own))
                    let single = alone.forest.add(path + completion)
                    alone.add(rollout, alone.forest.predictions(of: single).suffix(completion.count))
                    if let trunk {
                        requests.append(GenerationRequest(parent: trunk, seed: UInt64(rollout), stopTokens: []))
                    }
                    rollout += 1
                }
            }
        }
    }

    /// An update on the forest, one on independent sequences, and the rollouts.
    func bodies(_ model: CausalLanguageModel) -> [() throws -> Void] {
        let update = UniformUpdate(model)
        let updates = [shared, alone].map { batch in { try update.run(batch.predictions, in: batch.forest) } }
        let generator = Generator(model: model, tokenizer: ByteTokenizer())
        return updates + [
            {
                _ = try generator.generate(
                    prompts: trunks, requests: requests, sampling: SamplingParameters(maximumTokens: Self.length))
            }
        ]
    }
}
