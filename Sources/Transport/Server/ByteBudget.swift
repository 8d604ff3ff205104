import Synchronization

/// Bytes that all connections of a server together hold of one kind, so that many small liberties do not add up to all of
/// the memory.
package final class ByteBudget: Sendable {
    package let limit: Int
    private let taken = Atomic<Int>(0)

    package init(limit: Int) { self.limit = limit }

    /// Bytes held now.
    package var heldBytes: Int { taken.load(ordering: .relaxed) }

    /// Whether there is nothing left to take.
    package var isExhausted: Bool { heldBytes >= limit }

    /// Notes bytes that are held whatever the limit says, or given back (fewer than 0).
    package func add(_ bytes: Int) { taken.add(bytes, ordering: .relaxed) }

    /// Takes bytes; false, and nothing is taken, where that would be more than the limit.
    package func take(_ bytes: Int) -> Bool {
        // In one exchange: what is taken and given back again would be missing for others meanwhile.
        var held = heldBytes
        while held + bytes <= limit {
            let (exchanged, original) = taken.weakCompareExchange(
                expected: held, desired: held + bytes, ordering: .relaxed)
            if exchanged { return true }
            held = original
        }
        return false
    }
}

/// What one holder has of a budget. It gives all back when it goes.
package final class ByteReservation: Sendable {
    private let budget: ByteBudget
    private let held = Mutex(0)

    package init(of budget: ByteBudget) { self.budget = budget }

    deinit { budget.add(-held.withLock { $0 }) }

    package var limit: Int { budget.limit }

    /// Makes the reservation one of so many bytes, if it is smaller; false where the budget does not have them.
    package func grow(to bytes: Int) -> Bool {
        held.withLock { held in
            guard bytes > held else { return true }
            guard budget.take(bytes - held) else { return false }
            held = bytes
            return true
        }
    }
}
