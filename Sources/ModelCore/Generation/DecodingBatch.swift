/// The completions that are growing together, those that wait and those that are done.
struct DecodingBatch {
    /// A completion that is growing on a leaf of the decoder.
    private struct Running {
        let request: Int
        let leaf: Int
        var generator: RandomGenerator
        var builder: CompletionBuilder
    }

    private(set) var tokenCount = 0
    private(set) var finishedCount = 0

    private let requests: [GenerationRequest]
    private let decoder: any TokenDecoder
    private var prompts: PromptCache
    /// One for each thread that draws.
    private var samplers: [Sampler]
    private var running: [Running] = []
    private var nextRequest = 0
    private var results: [Completion?]
    /// Requests that have ended since somebody asked.
    private var newlyFinished: [Int] = []
    /// Next-token logits of the last step: [running, V], and perhaps more that an earlier, wider step has left.
    private var logits: [Float] = []
    private var vocabularySize = 0

    init(prompts: TokenForest, requests: [GenerationRequest], sampling: SamplingParameters, decoder: any TokenDecoder) {
        self.requests = requests
        self.decoder = decoder
        self.prompts = PromptCache(forest: prompts, decoder: decoder, requests: requests)
        samplers = (0..<Parallel.threadCount).map { _ in Sampler(parameters: sampling) }
        results = [Completion?](repeating: nil, count: requests.count)
    }

    var runningCount: Int { running.count }
    var waitingCount: Int { requests.count - nextRequest }
    var isFinished: Bool { finishedCount == requests.count }

    /// Starts up to `limit` waiting requests: computes what is missing of their prompts and draws their first tokens.
    mutating func admit(_ limit: Int, builder: (GenerationRequest) -> CompletionBuilder) throws {
        let count = min(limit, waitingCount)
        guard count > 0 else { return }
        let admitted = nextRequest..<(nextRequest + count)
        nextRequest += count
        try prompts.compute(pathsTo: admitted.map { requests[$0].parent })
        let leaves = try decoder.add(admitted.map { ([], prompts.id(of: requests[$0].parent)) })
        // Samples of one prompt usually come one after the other and share its next-token logits.
        var shared: (parent: Int, logits: [Float])?
        for (index, leaf) in zip(admitted, leaves) {
            let request = requests[index]
            let first: [Float]
            if let shared, shared.parent == request.parent {
                first = shared.logits
            } else {
                first = try decoder.logits(after: prompts.id(of: request.parent))
                shared = (request.parent, first)
                vocabularySize = first.count
            }
            var sequence = Running(
                request: index, leaf: leaf, generator: RandomGenerator(seed: request.seed), builder: builder(request))
            try first.withUnsafeBufferPointer {
                try Self.append(samplers[0].draw(from: $0, using: &sequence.generator), to: &sequence)
            }
            tokenCount += 1
            running.append(sequence)
        }
        removeFinished()
    }

    /// Advances every running completion by one token.
    mutating func step() throws {
        guard !running.isEmpty else { return }
        // Held by a local while the rows are read, because drawing changes `self`.
        var rows: [Float] = []
        swap(&rows, &logits)
        defer { swap(&rows, &logits) }
        let last = running.map { $0.builder.tokens[$0.builder.tokens.count - 1] }
        try decoder.step(leaves: running.map(\.leaf), tokens: last, logits: &rows)
        let draws = draw(from: rows)
        for (index, draw) in draws.enumerated() { try Self.append(draw, to: &running[index]) }
        tokenCount += running.count
        removeFinished()
    }

    /// The completions that have ended since this was last asked, in the order of their ends.
    mutating func takeFinished() -> [(request: Int, completion: Completion)] {
        defer { newlyFinished.removeAll(keepingCapacity: true) }
        return newlyFinished.compactMap { request in results[request].map { (request, $0) } }
    }

    /// One completion for each request, in their order; what has not ended is cancelled.
    func completions() -> [Completion] {
        var all = results
        for sequence in running {
            all[sequence.request] = sequence.builder.completion()
        }
        return all.map { $0 ?? Completion(tokens: [], logProbabilities: [], text: "", finish: .cancelled) }
    }

    /// One token for each running completion; drawing from a large vocabulary is worth all cores.
    private mutating func draw(from rows: [Float]) -> [Sampler.Draw?] {
        var draws = [Sampler.Draw?](repeating: nil, count: running.count)
        let (count, vocabulary) = (running.count, vocabularySize)
        let parts = max(1, min(samplers.count, count, count * vocabulary / Kernels.parallelGrain))
        rows.withUnsafeBufferPointer { rows in
            draws.withUnsafeMutableBufferPointer { draws in
                running.withUnsafeMutableBufferPointer { running in
                    samplers.withUnsafeMutableBufferPointer { samplers in
                        Parallel.run(parts) { part in
                            for index in count * part / parts..<count * (part + 1) / parts {
                                let row = rows[(index * vocabulary)..<((index + 1) * vocabulary)]
                                draws[index] = samplers[part].draw(
                                    from: UnsafeBufferPointer(rebasing: row), using: &running[index].generator)
                            }
                        }
                    }
                }
            }
        }
        return draws
    }

    private static func append(_ draw: Sampler.Draw?, to sequence: inout Running) throws {
        guard let draw else {
            throw GenerationError.logitsNotFinite(request: sequence.request, position: sequence.builder.tokens.count)
        }
        sequence.builder.append(draw)
    }

    private mutating func removeFinished() {
        for sequence in running where sequence.builder.finish != nil {
            results[sequence.request] = sequence.builder.completion()
            newlyFinished.append(sequence.request)
            finishedCount += 1
            decoder.remove([sequence.leaf])
            prompts.release(requests[sequence.request].parent)
        }
        running.removeAll { $0.builder.finish != nil }
    }
}
