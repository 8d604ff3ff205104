/// 16-bit floats to and from Float32, in loops that the compiler turns into vector code on every processor.
enum HalfPrecision {
    /// IEEE binary16. Exact: subnormals, infinities and NaN included.
    static func float16(_ bits: UInt16) -> Float {
        let magnitude = UInt32(bits & 0x7FFF)
        // The exponent's bias is 15 there and 127 here; multiplying also normalises what is subnormal.
        let scaled = Float(bitPattern: magnitude << 13) * Float(bitPattern: 0x7780_0000)
        let special: UInt32 = magnitude >= 0x7C00 ? 0x7F80_0000 : 0
        return Float(bitPattern: scaled.bitPattern | special | UInt32(bits & 0x8000) << 16)
    }

    static func bfloat16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    /// The nearest bfloat16, ties to even, as PyTorch and ggml round. NaN stays NaN.
    static func bfloat16(rounding value: Float) -> UInt16 {
        let bits = value.bitPattern
        if bits & 0x7FFF_FFFF > 0x7F80_0000 { return UInt16(bits >> 16) | 64 }
        return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
    }

    static func readFloat16(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
        for index in 0..<count { target[index] = float16(element(source, index)) }
    }

    static func readBFloat16(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
        for index in 0..<count { target[index] = bfloat16(element(source, index)) }
    }

    /// Rounds to the nearest, ties to even.
    static func writeBFloat16(
        _ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutablePointer<UInt16>
    ) {
        for index in 0..<count { target[index] = bfloat16(rounding: source[index]) }
    }

    /// Each value becomes the nearest that bfloat16 has.
    static func roundToBFloat16(_ values: UnsafeMutablePointer<Float>, count: Int) {
        for index in 0..<count { values[index] = bfloat16(bfloat16(rounding: values[index])) }
    }

    private static func element(_ source: UnsafeRawPointer, _ index: Int) -> UInt16 {
        UInt16(littleEndian: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
    }
}
