import CKernels

/// One pass of the model over rows that each know their path: the arithmetic of decoding.
///
/// Products are cut along their columns, so that each core streams its own part of the weights; everything else is cut along the
/// rows. No operation mixes rows except attention, which reads other rows' keys and values after all of them have been written.
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

    /// Rows that go through a layer together: bounds the memory of what lies between its operations.
    private static let rowsAtATime = 768

    init(model: CausalLanguageModel, precision: WeightPrecision) {
        configuration = model.configuration
        shape = model.configuration.attentionShape
        embedding = model.embedding
        layers = model.layers.map { PackedLayer($0, precision: precision) }
        finalNorm = model.finalNorm
        output = PackedLinear(LinearLayer(weight: model.outputEmbedding), precision: precision)
        rotary = model.rotary
    }

    private var width: Int { configuration.hiddenSize }
    private var blockTokens: Int { Int(STEPWISE_BLOCK) }
    /// Keys and values of one layer and one key-value head in a block; the values' width is filled up to whole panels.
    private var headBlock: Int { blockTokens * (shape.width + (shape.width + 31) / 32 * 32) }
    private var blockSize: Int { layers.count * shape.keyValueHeads * headBlock }

    /// Makes room for a token at the end of a segment.
    func row(appending token: TokenID, to segment: CachedSegment) -> Row {
        let position = segment.firstPosition + segment.tokenCount
        let (block, slot) = segment.append(blockSize: blockSize)
        return Row(
            token: token, position: Int32(position), segment: segment, block: block, slot: slot,
            visibleBlocks: segment.blockCount)
    }

    /// What lies between the operations of a layer, for as many rows as go through it together.
    private struct Scratch {
        let normed, fused, attended, gated, up: Buffer
    }

    /// Runs rows through all layers; leaves keys and values in their blocks and the last hidden state with each segment.
    func run(_ rows: [Row]) {
        guard !rows.isEmpty else { return }
        rotary.extend(to: rows.reduce(0) { max($0, Int($1.position) + 1) })
        let x = Buffer(count: rows.count * width)
        for (index, row) in rows.enumerated() {
            embedding.copy(Int(row.token)..<Int(row.token) + 1, into: x.pointer + index * width)
        }
        let most = min(rows.count, Self.rowsAtATime)
        let scratch = Scratch(
            normed: Buffer(count: most * width), fused: Buffer(count: most * shape.fusedWidth),
            attended: Buffer(count: most * shape.heads * shape.width),
            gated: Buffer(count: most * configuration.intermediateSize),
            up: Buffer(count: most * configuration.intermediateSize))
        let groups = stride(from: 0, to: rows.count, by: most).map { $0..<min($0 + most, rows.count) }
        let runs = groups.map { DecoderRun.make(rows[$0], group: shape.group) }
        let attending = groups.map { attendRows(rows[$0], scratch) }
        for (index, layer) in layers.enumerated() {
            for ((group, runs), attending) in zip(zip(groups, runs), attending) {
                let own = x.pointer + group.lowerBound * width
                project(layer, index, rows[group], x: own, scratch)
                attend(index, attending, runs)
                layer.output.applyInParallel(
                    scratch.attended.pointer, rows: group.count, into: own, accumulate: true)
                feedForward(layer, rows: group.count, x: own, scratch)
            }
        }
        keepLast(rows, x)
    }

    private func forEachRow(_ count: Int, cost: Int, _ body: (Range<Int>) -> Void) {
        Parallel.ranges(count, grain: max(1, Kernels.parallelGrain / cost), body)
    }

    /// Norm, queries, keys and values, rotation; keys and values go to the cache.
    private func project(
        _ layer: PackedLayer, _ index: Int, _ rows: ArraySlice<Row>, x: UnsafeMutablePointer<Float>, _ scratch: Scratch
    ) {
        norm(x, layer.inputNorm, into: scratch.normed.pointer, rows: rows.count)
        layer.queryKeyValue.applyInParallel(scratch.normed.pointer, rows: rows.count, into: scratch.fused.pointer)
        forEachRow(rows.count, cost: 2 * shape.fusedWidth) { range in
            for place in range {
                let row = rows[rows.startIndex + place]
                let values = scratch.fused.pointer + place * shape.fusedWidth
                if let queryNorm = layer.queryNorm, let keyNorm = layer.keyNorm {
                    normHeads(values, queryNorm, count: shape.heads)
                    normHeads(values + shape.keyColumn(0), keyNorm, count: shape.keyValueHeads)
                }
                rotary.rotate(values, heads: shape.heads + shape.keyValueHeads, position: Int(row.position))
                store(row, layer: index, from: values)
            }
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
            let panels = place + blockTokens * shape.width + row.slot * 32
            let value = values + shape.valueColumn(head)
            for first in stride(from: 0, to: shape.width, by: 32) {
                (panels + first * blockTokens).update(from: value + first, count: min(32, shape.width - first))
            }
        }
    }

    /// Rows as attention takes them, the same in every layer.
    private func attendRows(_ rows: ArraySlice<Row>, _ scratch: Scratch) -> [stepwise_attend_row] {
        rows.enumerated().map { place, row in
            stepwise_attend_row(
                query: scratch.fused.pointer + place * shape.fusedWidth, blocks: row.segment.path,
                counts: row.segment.counts, block_count: row.visibleBlocks, last: Int32(row.slot + 1),
                out: scratch.attended.pointer + place * shape.heads * shape.width)
        }
    }

    /// Attention over each row's path.
    private func attend(_ index: Int, _ rows: [stepwise_attend_row], _ runs: [DecoderRun]) {
        let parts = runs.count * shape.keyValueHeads
        rows.withUnsafeBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            func attend(_ part: Int) {
                let (run, head) = (runs[part / shape.keyValueHeads], part % shape.keyValueHeads)
                stepwise_attend(
                    base + run.rows.lowerBound, run.rows.count, shape.queryColumn(head * shape.group), shape.group,
                    shape.width, shape.scale, run.shared, (index * shape.keyValueHeads + head) * headBlock)
            }
            // A few thousand pairs of a query and a key are done before another thread has begun.
            if runs.reduce(0, { $0 + $1.rows.count * $1.longest }) * shape.heads >= 64 {
                Parallel.run(parts, attend)
            } else {
                for part in 0..<parts { attend(part) }
            }
        }
    }

    private func feedForward(_ layer: PackedLayer, rows: Int, x: UnsafeMutablePointer<Float>, _ scratch: Scratch) {
        let inner = configuration.intermediateSize
        norm(x, layer.postAttentionNorm, into: scratch.normed.pointer, rows: rows)
        let (gate, up) = (scratch.gated.pointer, scratch.up.pointer)
        if layer.gate.hasAdapters || layer.up.hasAdapters {
            layer.gate.applyInParallel(scratch.normed.pointer, rows: rows, into: gate)
            layer.up.applyInParallel(scratch.normed.pointer, rows: rows, into: up)
            forEachRow(rows, cost: 4 * inner) { range in
                let start = range.lowerBound * inner
                stepwise_swiglu(gate + start, up + start, gate + start, range.count * inner)
            }
        } else {
            // Gate and up of the same columns, so that who has made them also joins them.
            layer.gate.forEachPart(rows: rows) { columns in
                layer.gate.apply(scratch.normed.pointer, rows: rows, into: gate, columns: columns)
                layer.up.apply(scratch.normed.pointer, rows: rows, into: up, columns: columns)
                for row in 0..<rows {
                    let place = row * inner + columns.lowerBound
                    stepwise_swiglu(gate + place, up + place, gate + place, columns.count)
                }
            }
        }
        layer.down.applyInParallel(scratch.gated.pointer, rows: rows, into: x, accumulate: true)
    }

    private func norm(_ x: UnsafePointer<Float>, _ weight: Tensor, into y: UnsafeMutablePointer<Float>, rows: Int) {
        forEachRow(rows, cost: width) { range in
            stepwise_rms_norm(
                x + range.lowerBound * width, weight.pointer, configuration.rmsNormEpsilon,
                y + range.lowerBound * width, nil, range.count, width)
        }
    }

    /// The last row of each segment is what its next token is predicted from.
    private func keepLast(_ rows: [Row], _ x: Buffer) {
        for (index, row) in rows.enumerated() {
            if index + 1 < rows.count, rows[index + 1].segment === row.segment { continue }
            stepwise_rms_norm(
                x.pointer + index * width, finalNorm.pointer, configuration.rmsNormEpsilon,
                row.segment.ownHidden(width: width), nil, 1, width)
        }
    }

    /// Logits [hidden.count, V] of normalised hidden states.
    func logits(_ hidden: [Buffer], into logits: UnsafeMutablePointer<Float>) {
        let gathered = Buffer(count: hidden.count * width)
        for (index, state) in hidden.enumerated() {
            (gathered.pointer + index * width).update(from: state.pointer, count: width)
        }
        output.applyInParallel(gathered.pointer, rows: hidden.count, into: logits)
    }
}
