/// Blocks of quantised weights to Float32, with ggml's own order of operations (ggml-quants.c, `dequantize_row_*`), so that
/// every value is the one that llama.cpp computes, bit for bit.
enum GGUFDequantization {
    /// - Parameters:
    ///   - source: whole blocks that hold `count` elements.
    ///   - target: room for `count` values.
    static func read(
        _ type: GGUFTensorType, _ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>
    ) {
        switch type {
        case .f32: UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
        case .f16: HalfPrecision.readFloat16(source, count: count, into: target)
        case .bf16: HalfPrecision.readBFloat16(source, count: count, into: target)
        case .q40: blocks(type, source, count, target, q40)
        case .q41: blocks(type, source, count, target, q41)
        case .q50: blocks(type, source, count, target, q50)
        case .q51: blocks(type, source, count, target, q51)
        case .q80: blocks(type, source, count, target, q80)
        case .q4k: blocks(type, source, count, target, q4k)
        case .q5k: blocks(type, source, count, target, q5k)
        case .q6k: blocks(type, source, count, target, q6k)
        }
    }

    private typealias Block = UnsafePointer<UInt8>
    private typealias Values = UnsafeMutablePointer<Float>

    @inline(__always)
    private static func blocks(
        _ type: GGUFTensorType, _ source: UnsafeRawPointer, _ count: Int, _ target: Values,
        _ body: (Block, Values) -> Void
    ) {
        let bytes = source.assumingMemoryBound(to: UInt8.self)
        for block in 0..<count / type.blockSize {
            body(bytes + block * type.blockBytes, target + block * type.blockSize)
        }
    }

    /// The half-precision number at `offset`.
    private static func half(_ block: Block, _ offset: Int = 0) -> Float {
        HalfPrecision.float16(UInt16(block[offset]) | UInt16(block[offset + 1]) << 8)
    }

    private static func q40(_ block: Block, _ y: Values) {
        let d = half(block)
        for j in 0..<16 {
            y[j] = Float(Int32(block[2 + j] & 15) - 8) * d
            y[j + 16] = Float(Int32(block[2 + j] >> 4) - 8) * d
        }
    }

    private static func q41(_ block: Block, _ y: Values) {
        let (d, m) = (half(block), half(block, 2))
        for j in 0..<16 {
            y[j] = Float(block[4 + j] & 15) * d + m
            y[j + 16] = Float(block[4 + j] >> 4) * d + m
        }
    }

    /// Bit `index` of the four bytes at `offset`, as the fifth bit of a quant.
    private static func fifthBit(_ block: Block, _ offset: Int, _ index: Int) -> UInt8 {
        (block[offset + index / 8] >> UInt8(index % 8) & 1) << 4
    }

    private static func q50(_ block: Block, _ y: Values) {
        let d = half(block)
        for j in 0..<16 {
            y[j] = Float(Int32(block[6 + j] & 15 | fifthBit(block, 2, j)) - 16) * d
            y[j + 16] = Float(Int32(block[6 + j] >> 4 | fifthBit(block, 2, j + 16)) - 16) * d
        }
    }

    private static func q51(_ block: Block, _ y: Values) {
        let (d, m) = (half(block), half(block, 2))
        for j in 0..<16 {
            y[j] = Float(block[8 + j] & 15 | fifthBit(block, 4, j)) * d + m
            y[j + 16] = Float(block[8 + j] >> 4 | fifthBit(block, 4, j + 16)) * d + m
        }
    }

    private static func q80(_ block: Block, _ y: Values) {
        let d = half(block)
        for j in 0..<32 { y[j] = Float(Int8(bitPattern: block[2 + j])) * d }
    }

    /// The six-bit scale and minimum of sub-block `index` of eight, packed in twelve bytes.
    private static func scaleAndMinimum(_ packed: Block, _ index: Int) -> (Float, Float) {
        if index < 4 { return (Float(packed[index] & 63), Float(packed[index + 4] & 63)) }
        let scale = packed[index + 4] & 15 | (packed[index - 4] >> 6) << 4
        let minimum = packed[index + 4] >> 4 | (packed[index] >> 6) << 4
        return (Float(scale), Float(minimum))
    }

    private static func q4k(_ block: Block, _ y: Values) {
        let (d, minimum) = (half(block), half(block, 2))
        for pair in 0..<4 {
            let (low, lowMinimum) = scaleAndMinimum(block + 4, 2 * pair)
            let (high, highMinimum) = scaleAndMinimum(block + 4, 2 * pair + 1)
            let (d1, m1, d2, m2) = (d * low, minimum * lowMinimum, d * high, minimum * highMinimum)
            let (quants, out) = (block + 16 + 32 * pair, y + 64 * pair)
            for j in 0..<32 {
                out[j] = d1 * Float(quants[j] & 15) - m1
                out[j + 32] = d2 * Float(quants[j] >> 4) - m2
            }
        }
    }

    private static func q5k(_ block: Block, _ y: Values) {
        let (d, minimum) = (half(block), half(block, 2))
        let fifths = block + 16
        for pair in 0..<4 {
            let (low, lowMinimum) = scaleAndMinimum(block + 4, 2 * pair)
            let (high, highMinimum) = scaleAndMinimum(block + 4, 2 * pair + 1)
            let (d1, m1, d2, m2) = (d * low, minimum * lowMinimum, d * high, minimum * highMinimum)
            let (quants, out) = (block + 48 + 32 * pair, y + 64 * pair)
            for j in 0..<32 {
                let (lowFifth, highFifth) = (fifths[j] >> UInt8(2 * pair) & 1, fifths[j] >> UInt8(2 * pair + 1) & 1)
                out[j] = d1 * Float(quants[j] & 15 | lowFifth << 4) - m1
                out[j + 32] = d2 * Float(quants[j] >> 4 | highFifth << 4) - m2
            }
        }
    }

    private static func q6k(_ block: Block, _ y: Values) {
        let d = half(block, 208)
        for part in 0..<2 {
            let (low, high, scales) = (block + 64 * part, block + 128 + 32 * part, block + 192 + 8 * part)
            let out = y + 128 * part
            for j in 0..<32 {
                func value(_ nibble: UInt8, _ quarter: Int) -> Float {
                    let quant = Int32(nibble | (high[j] >> UInt8(2 * quarter) & 3) << 4) - 32
                    let scale = Float(Int8(bitPattern: scales[2 * quarter + j / 16]))
                    return d * scale * Float(quant)
                }
                out[j] = value(low[j] & 15, 0)
                out[j + 32] = value(low[j + 32] & 15, 1)
                out[j + 64] = value(low[j] >> 4, 2)
                out[j + 96] = value(low[j + 32] >> 4, 3)
            }
        }
    }
}
