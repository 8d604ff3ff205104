/// Timing of things that are compared with each other.
enum Measurement {
    /// Wall seconds of one call.
    static func seconds<Failure>(_ body: () throws(Failure) -> Void) throws(Failure) -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// The median wall seconds of each of `bodies`, which take turns: a slow minute of the machine meets all of them. One round before
    /// is not counted.
    static func interleaved<Failure>(
        _ bodies: [() throws(Failure) -> Void], repeats: Int
    ) throws(Failure) -> [Double] {
        for body in bodies { try body() }
        var times = [[Double]](repeating: [], count: bodies.count)
        for _ in 0..<repeats {
            for (index, body) in bodies.enumerated() { times[index].append(try seconds(body)) }
        }
        return times.map(median)
    }

    /// The same for bodies of microseconds: each is called as often as fits `budget` seconds, and the seconds of one call are returned.
    static func interleavedShort(_ bodies: [() -> Void], repeats: Int, budget: Double = 0.02) -> [Double] {
        let counts = bodies.map { body in
            body()
            return max(1, Int(budget / max(1e-9, seconds(body))))
        }
        let loops = zip(bodies, counts).map { body, count in { for _ in 0..<count { body() } } }
        return zip(interleaved(loops, repeats: repeats), counts).map { $0 / Double($1) }
    }

    /// The middle value; the mean of the two in the middle when there are two.
    static func median(_ values: [Double]) -> Double {
        precondition(!values.isEmpty, "a median of nothing")
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
