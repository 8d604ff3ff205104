import CKernels

/// One pass of the model over rows that each know their path: the arithmetic of decoding.
///
/// Rows are taken in chunks that fit the caches, a chunk to a thread at a time. No operation mixes rows except attention, which reads other
/// rows' keys and values after all of them have been written.
struct DecoderPass {
    /// A token on its way through the layers.
    struct Row {
        let token: TokenID
        let position: Int32
        let segment: CachedSegment
        /// Where its keys and values go.
        let block: UnsafeMutablePointer<Float>
        let slot: Int
        /// Blocks of the path that it sees; of the last one it sees `slot + 1` tokens.
        let visibleBlocks: Int
    }

    private let configuration: ModelConfiguration
    private let shape: AttentionShape
    private let embedding: WeightMatrix
    private let layers: [PackedLayer]
    private let finalNorm: Tensor
    private let output: PackedLinear
    private let rotary: RotaryTable

    private static let chunk = 48

    init(model: CausalLanguageModel) {
        configuration = model.configuration
        shape = model.configuration.attentionShape
        embedding = model.embedding
        layers = model.layers.map(PackedLayer.init)
        finalNorm = model.finalNorm
        output = PackedLinear(LinearLayer(weight: model.outputEmbedding))
        rotary = model.rotary
    }

    private var blockTokens: Int { Int(STEPWISE_BLOCK) }
    /// Keys and values of one layer and one key-value head in a block.
    private var headBlock: Int { 2 * shape.width * blockTokens }
    private var blockSize: Int { layers.count * shape.keyValueHeads * headBlock }

    /// Makes room for a token at the end of a segment.
    func row(appending token: TokenID, to segment: CachedSegment) -> Row {
        let position = segment.firstPosition + segment.tokenCount
        let (block, slot) = segment.append(blockSize: blockSize)
        return Row(
            token: token, position: Int32(position), segment: segment, block: block, slot: slot,
            visibleBlocks: segment.blockCount)
    }

    /// Runs rows through all layers; leaves keys and values in their blocks and the last hidden state with each segment.
    func run(_ rows: [Row]) {
        guard !rows.isEmpty else { return }
        let width = configuration.hiddenSize
        rotary.extend(to: rows.reduce(0) { max($0, Int($1.position) + 1) })
        let x = Buffer(count: rows.count * width)
        for (index, row) in rows.enumerated() {
            embedding.copy(Int(row.token)..<Int(row.token) + 1, into: x.pointer + index * width)
        }
        let fused = Buffer(count: rows.count * shape.fusedWidth)
        for (index, layer) in layers.enumerated() {
            forEachChunk(rows.count) { range in project(layer, index, rows, range, x: x, fused: fused) }
            forEachChunk(rows.count) { range in mix(layer, index, rows, range, x: x, fused: fused) }
        }
        keepLast(rows, x)
    }

    private func forEachChunk(_ count: Int, _ body: (Range<Int>) -> Void) {
        let threads = Parallel.threadCount
        let size = min(Self.chunk, max(1, (count + threads - 1) / threads))
        let chunks = (count + size - 1) / size
        Parallel.run(chunks) { chunk in body(chunk * size..<min(count, (chunk + 1) * size)) }
    }

    /// Norm, queries, keys and values, rotation; keys and values go to the cache.
    private func project(
        _ layer: PackedLayer, _ index: Int, _ rows: [Row], _ range: Range<Int>, x: Buffer, fused: Buffer
    ) {
        let width = configuration.hiddenSize
        let normed = Buffer(count: range.count * width)
        norm(x.pointer + range.lowerBound * width, layer.inputNorm, into: normed.pointer, rows: range.count)
        let own = fused.pointer + range.lowerBound * shape.fusedWidth
        layer.queryKeyValue.apply(normed.pointer, rows: range.count, into: own)
        for row in range {
            let values = fused.pointer + row * shape.fusedWidth
            if let queryNorm = layer.queryNorm, let keyNorm = layer.keyNorm {
                normHeads(values, queryNorm, count: shape.heads)
                normHeads(values + shape.keyColumn(0), keyNorm, count: shape.keyValueHeads)
            }
            rotary.rotate(
                values, stride: shape.fusedWidth, heads: shape.heads + shape.keyValueHeads,
                positions: [rows[row].position], sign: 1)
            store(rows[row], layer: index, from: values)
        }
    }

    /// Norms neighbouring heads in place.
    private func normHeads(_ heads: UnsafeMutablePointer<Float>, _ weight: Tensor, count: Int) {
        stepwise_rms_norm(
            UnsafePointer(heads), weight.pointer, configuration.rmsNormEpsilon, heads, nil, count, shape.width)
    }

    private func store(_ row: Row, layer: Int, from values: UnsafeMutablePointer<Float>) {
        for head in 0..<shape.keyValueHeads {
            let place = row.block + (layer * shape.keyValueHeads + head) * headBlock
            let key = values + shape.keyColumn(head)
            for dimension in 0..<shape.width { place[dimension * blockTokens + row.slot] = key[dimension] }
            (place + blockTokens * shape.width + row.slot * shape.width)
                .update(from: values + shape.valueColumn(head), count: shape.width)
        }
    }

    /// Attention over each row's path, its projection, and the feed-forward half of the layer.
    private func mix(
        _ layer: PackedLayer, _ index: Int, _ rows: [Row], _ range: Range<Int>, x: Buffer, fused: Buffer
    ) {
        let (width, inner) = (configuration.hiddenSize, configuration.intermediateSize)
        let attendedWidth = shape.heads * shape.width
        let attended = Buffer(count: range.count * attendedWidth)
        let longest = rows[range].reduce(0) { max($0, $1.visibleBlocks) }
        let scores = Buffer(count: shape.group * longest * blockTokens)
        for (offset, row) in rows[range].enumerated() {
            let queries = fused.pointer + (range.lowerBound + offset) * shape.fusedWidth
            for head in 0..<shape.keyValueHeads {
                stepwise_attend(
                    queries + shape.queryColumn(head * shape.group), shape.group, shape.width, shape.scale,
                    row.segment.path, row.segment.counts, row.visibleBlocks, Int32(row.slot + 1),
                    (index * shape.keyValueHeads + head) * headBlock, scores.pointer,
                    attended.pointer + offset * attendedWidth + shape.queryColumn(head * shape.group))
            }
        }
        let own = x.pointer + range.lowerBound * width
        let narrow = Buffer(count: range.count * width)
        layer.output.apply(attended.pointer, rows: range.count, into: narrow.pointer)
        Kernels.add(narrow.pointer, to: own, count: range.count * width)
        norm(own, layer.postAttentionNorm, into: narrow.pointer, rows: range.count)
        let gateUp = Buffer(count: range.count * 2 * inner)
        layer.gateUp.apply(narrow.pointer, rows: range.count, into: gateUp.pointer)
        let gated = Buffer(count: range.count * inner)
        stepwise_swiglu(gateUp.pointer, gated.pointer, range.count, inner)
        layer.down.apply(gated.pointer, rows: range.count, into: narrow.pointer)
        Kernels.add(narrow.pointer, to: own, count: range.count * width)
    }

    private func norm(
        _ x: UnsafePointer<Float>, _ weight: Tensor, into y: UnsafeMutablePointer<Float>, rows: Int
    ) {
        stepwise_rms_norm(x, weight.pointer, configuration.rmsNormEpsilon, y, nil, rows, configuration.hiddenSize)
    }

    /// The last row of each segment is what its next token is predicted from.
    private func keepLast(_ rows: [Row], _ x: Buffer) {
        let width = configuration.hiddenSize
        for (index, row) in rows.enumerated() {
            if index + 1 < rows.count, rows[index + 1].segment === row.segment { continue }
            // A child shares its parent's state until it has a token of its own, so a state is never overwritten in place.
            let hidden = Buffer(count: width)
            norm(x.pointer + index * width, finalNorm, into: hidden.pointer, rows: 1)
            row.segment.hidden = hidden
        }
    }

    /// Logits [hidden.count, V] of normalised hidden states.
    func logits(_ hidden: [Buffer], into logits: UnsafeMutablePointer<Float>) {
        let (width, vocabulary) = (configuration.hiddenSize, configuration.vocabularySize)
        forEachChunk(hidden.count) { range in
            let gathered = Buffer(count: range.count * width)
            for (offset, index) in range.enumerated() {
                (gathered.pointer + offset * width).update(from: hidden[index].pointer, count: width)
            }
            output.apply(gathered.pointer, rows: range.count, into: logits + range.lowerBound * vocabulary)
        }
    }
}
