/// A set of 64-bit fingerprints that grows to a bound and no further.
struct FingerprintTable {
    enum Insertion {
        case new, known
        /// It is new, and not remembered: the bound is reached.
        case full
    }

    private var slots: [UInt64]
    private var count = 0
    private let maximumSlots: Int

    /// - Parameter maximumBytes: of the table; while it grows for the last time, half as much again.
    init(maximumBytes: Int) {
        var maximum = 1_024
        while maximum * 2 * MemoryLayout<UInt64>.size <= maximumBytes { maximum *= 2 }
        maximumSlots = maximum
        slots = [UInt64](repeating: 0, count: 1_024)
    }

    mutating func insert(_ fingerprint: UInt64) -> Insertion {
        // Zero marks a free slot; one of 2^64 fingerprints has a twin.
        let value = fingerprint == 0 ? 1 : fingerprint
        let slot = Self.slot(of: value, in: slots)
        if slots[slot] == value { return .known }
        if (count + 1) * 4 > slots.count * 3 {
            guard slots.count < maximumSlots else { return .full }
            var larger = [UInt64](repeating: 0, count: slots.count * 2)
            for old in slots where old != 0 { larger[Self.slot(of: old, in: larger)] = old }
            slots = larger
            slots[Self.slot(of: value, in: slots)] = value
        } else {
            slots[slot] = value
        }
        count += 1
        return .new
    }

    /// Where the value is, or the free slot where it would go. The number of slots is a power of two.
    private static func slot(of value: UInt64, in slots: [UInt64]) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: StableHash.mix(value)) & mask
        while slots[slot] != 0, slots[slot] != value { slot = (slot + 1) & mask }
        return slot
    }
}
