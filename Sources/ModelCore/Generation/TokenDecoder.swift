/// What generation needs of a decoder: segments that keep their keys and values, and leaves that grow by a token.
/// ``ForestDecoder`` is the real one; tests put hand-made logits in its place.
package protocol TokenDecoder: AnyObject {
    /// Computes segments on top of their parents, which an earlier call has made. Returns their ids.
    func add(_ segments: [(tokens: [TokenID], parent: Int?)]) throws -> [Int]
    /// Next-token logits [V] after the last token of the segment's path.
    func logits(after segment: Int) throws -> [Float]
    /// Appends `tokens[i]` to `leaves[i]` and writes the next-token logits, [leaves.count, V]; `logits` may stay longer.
    func step(leaves: [Int], tokens: [TokenID], logits: inout [Float]) throws
    /// Frees childless segments.
    func remove(_ segments: [Int])
}

extension ForestDecoder: TokenDecoder {}
