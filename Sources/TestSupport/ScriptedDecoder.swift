package import ModelCore

/// A decoder whose logits are a function of the whole path, so that any mistake in the order or parentage of tokens gives
/// another completion. Counts what it is asked to compute.
package final class ScriptedDecoder: TokenDecoder {
    private struct Node {
        var tokens: [TokenID]
        let parent: Int?
        var children = 0
    }

    private let script: ([TokenID]) -> [Float]
    private var nodes: [Int: Node] = [:]
    private var next = 0

    package private(set) var computedPromptTokens = 0
    package private(set) var addCalls = 0
    package private(set) var largestStep = 0
    package private(set) var stepCount = 0
    package var liveSegments: Int { nodes.count }

    /// - Parameter script: next-token logits [V] for a path.
    package init(script: @escaping ([TokenID]) -> [Float]) {
        self.script = script
    }

    /// Logits that look random but depend on every token of the path.
    package static func hashing(vocabularySize: Int) -> ScriptedDecoder {
        ScriptedDecoder { path in
            var generator = RandomGenerator(seed: SeedSequence(99).seed(path.map { UInt64($0) }))
            return (0..<vocabularySize).map { _ in generator.nextUniform() * 4 }
        }
    }

    package func add(_ segments: [(tokens: [TokenID], parent: Int?)]) -> [Int] {
        addCalls += 1
        return segments.map { segment in
            if let parent = segment.parent {
                precondition(nodes[parent] != nil, "parent \(parent) is not there")
                nodes[parent]?.children += 1
            }
            computedPromptTokens += segment.tokens.count
            nodes[next] = Node(tokens: segment.tokens, parent: segment.parent)
            next += 1
            return next - 1
        }
    }

    package func logits(after segment: Int) -> [Float] { script(path(segment)) }

    package func step(leaves: [Int], tokens: [TokenID], logits: inout [Float]) {
        precondition(Set(leaves).count == leaves.count && leaves.count == tokens.count)
        stepCount += 1
        largestStep = max(largestStep, leaves.count)
        let rows = zip(leaves, tokens).flatMap { leaf, token in
            nodes[leaf]?.tokens.append(token)
            return script(path(leaf))
        }
        // As the real one: longer than needed after a wider step.
        if logits.count < rows.count { logits = rows } else { logits.replaceSubrange(..<rows.count, with: rows) }
    }

    package func remove(_ segments: [Int]) {
        for segment in segments {
            guard let node = nodes.removeValue(forKey: segment) else { preconditionFailure("removed twice") }
            precondition(node.children == 0, "only childless segments are removed")
            if let parent = node.parent { nodes[parent]?.children -= 1 }
        }
    }

    private func path(_ segment: Int) -> [TokenID] {
        guard let node = nodes[segment] else { preconditionFailure("segment \(segment) is not there") }
        return (node.parent.map(path) ?? []) + node.tokens
    }
}
