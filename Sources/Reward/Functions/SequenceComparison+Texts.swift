import ServiceAPI

extension SequenceComparison {
    /// Compares as `srl.similarity` does, and keeps all that a person needs to see why.
    package init(of action: String, with expert: String, _ parameters: SimilarityParameters) {
        let action = parameters.normalization.apply(to: action)
        let expert = parameters.normalization.apply(to: expert)
        func cut(_ text: String) -> TextPieces {
            if let tokenizer = parameters.tokenizer { return .tokens(of: text, tokenizer) }
            return switch parameters.granularity {
            case .word: .words(of: text)
            case .line: .lines(of: text)
            case .scalar, .token: .scalars(of: text)
            }
        }
        self.init(
            of: cut(action), with: cut(expert), unit: Unit(parameters.granularity), autojunk: parameters.autojunk)
    }

    /// Compares two texts by Unicode scalars.
    init(ofScalars action: String, with expert: String, autojunk: Bool) {
        self.init(of: .scalars(of: action), with: .scalars(of: expert), unit: .scalar, autojunk: autojunk)
    }

    private init(of action: TextPieces, with expert: TextPieces, unit: Unit, autojunk: Bool) {
        let (actionKeys, expertKeys) = (action.keys, expert.keys)
        var matcher = SequenceMatcher(expert: expertKeys, autojunk: autojunk)
        let blocks = matcher.blocks(of: actionKeys)
        self.init(
            unit: unit, autojunk: autojunk,
            ratio: Ratio.of(
                matched: blocks.reduce(0) { $0 + $1.count }, total: actionKeys.count + expertKeys.count),
            blocks: blocks,
            action: ComparedText(
                elements: actionKeys.count,
                segments: Self.segments(of: action, matching: blocks.map { $0.action..<$0.action + $0.count })),
            expert: ComparedText(
                elements: expertKeys.count,
                segments: Self.segments(of: expert, matching: blocks.map { $0.expert..<$0.expert + $0.count })))
    }

    /// A segment that grows.
    private struct Growing {
        let kind: TextSegment.Kind
        let block: Int?
        var bytes: [UInt8]
    }

    private static func segments(of text: TextPieces, matching blocks: [Range<Int>]) -> [TextSegment] {
        var segments: [Growing] = []
        var gap: [UInt8] = []
        var element = 0
        var block = 0
        for piece in text.pieces {
            guard piece.key != nil else {
                gap += piece.bytes
                continue
            }
            while block < blocks.count, element >= blocks[block].upperBound { block += 1 }
            let isMatch = block < blocks.count && blocks[block].contains(element)
            let next = Growing(kind: isMatch ? .match : .difference, block: isMatch ? block : nil, bytes: piece.bytes)
            if let last = segments.last, last.kind == next.kind, last.block == next.block {
                // What lies between elements of one kind belongs to them.
                segments[segments.count - 1].bytes += gap + next.bytes
            } else {
                if !gap.isEmpty { segments.append(Growing(kind: .gap, block: nil, bytes: gap)) }
                segments.append(next)
            }
            gap = []
            element += 1
        }
        if !gap.isEmpty { segments.append(Growing(kind: .gap, block: nil, bytes: gap)) }
        return joined(segments)
    }

    /// A character that tokens share belongs to the segment in which it begins.
    private static func joined(_ segments: [Growing]) -> [TextSegment] {
        var result: [Growing] = []
        for var segment in segments {
            let begun = segment.bytes.prefix { $0 & 0xC0 == 0x80 }
            if !result.isEmpty, !begun.isEmpty {
                result[result.count - 1].bytes += begun
                segment.bytes.removeFirst(begun.count)
                if segment.bytes.isEmpty { continue }
            }
            result.append(segment)
        }
        return result.map { TextSegment($0.kind, String(decoding: $0.bytes, as: UTF8.self), block: $0.block) }
    }
}

extension SequenceComparison.Unit {
    init(_ granularity: SimilarityParameters.Granularity) {
        self =
            switch granularity {
            case .scalar: .scalar
            case .token: .token
            case .word: .word
            case .line: .line
            }
    }
}
