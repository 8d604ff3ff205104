/// Finds the token that a sequence of bytes spells. Open addressing over one buffer of all tokens' bytes.
struct ByteStringTable: Sendable {
    private let bytes: [UInt8]
    /// Token `id` spells `bytes[offsets[id]..<offsets[id + 1]]`.
    private let offsets: [Int32]
    private var slots: [TokenID]
    private let longest: Int

    /// - Parameter spellings: by id; ids that spell nothing are empty. Of equal spellings the first counts. Together they
    ///   have fewer than 2^31 bytes.
    init(_ spellings: [[UInt8]]) {
        bytes = Array(spellings.joined())
        var end: Int32 = 0
        offsets =
            [0]
            + spellings.map {
                end += Int32($0.count)
                return end
            }
        longest = spellings.map(\.count).max() ?? 0
        var capacity = 16
        while capacity < spellings.count * 2 { capacity *= 2 }
        slots = [TokenID](repeating: -1, count: capacity)
        for (id, spelling) in spellings.enumerated() where !spelling.isEmpty {
            let slot = spelling.withUnsafeBufferPointer { find($0) }
            if slots[slot] < 0 { slots[slot] = TokenID(id) }
        }
    }

    /// The token that spells `spelling`, if there is one.
    @inline(__always)
    subscript(spelling: UnsafeBufferPointer<UInt8>) -> TokenID? {
        guard spelling.count <= longest else { return nil }
        let id = slots[find(spelling)]
        return id < 0 ? nil : id
    }

    func spelling(of id: TokenID) -> ArraySlice<UInt8> {
        guard id >= 0, Int(id) < offsets.count - 1 else { return [] }
        return bytes[Int(offsets[Int(id)])..<Int(offsets[Int(id) + 1])]
    }

    /// The slot with this spelling, or the empty one where it belongs.
    @inline(__always)
    private func find(_ spelling: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in spelling { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash ^= hash >> 29
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0, !isEqual(slots[slot], spelling) { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    @inline(__always)
    private func isEqual(_ id: TokenID, _ spelling: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = Int(offsets[Int(id)])
        guard Int(offsets[Int(id) + 1]) - start == spelling.count else { return false }
        for index in 0..<spelling.count where bytes[start + index] != spelling[index] { return false }
        return true
    }
}
