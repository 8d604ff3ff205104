import ServiceKit

/// A piece of work that both sides do, and how its speed is told.
struct PeerCase {
    /// As the table names it, and as the peer's script is asked for it.
    let name: String
    /// Units, such as tokens, of one repeat.
    let units: Double
    /// One repeat; returns the wall seconds that count.
    let ours: () throws -> Double
}

/// Takes both sides in turns, so that a slow minute of the machine meets both.
enum PeerComparison {
    struct Times {
        let name: String
        let units: Double
        /// Medians over the repeats; nil where the peer was left out.
        let peer: Double?
        let ours: Double
        /// What the peer's last repeat computed; nil where it was left out.
        let check: Double?
        /// The smallest and largest ratio of one turn.
        let ratios: ClosedRange<Double>?

        var ratio: Double? { peer.map { $0 / ours } }
    }

    static func run(_ cases: [PeerCase], peer: PeerProcess?, repeats: Int) throws -> [Times] {
        try cases.map { work in
            // One turn before is not counted.
            _ = try peer?.run(work.name)
            _ = try work.ours()
            var (theirs, own): ([Double], [Double]) = ([], [])
            var check: Double?
            for _ in 0..<repeats {
                if let peer {
                    let answer = try peer.run(work.name)
                    theirs.append(answer.seconds)
                    check = answer.check
                }
                own.append(try work.ours())
            }
            let ratios = zip(theirs, own).map { $0 / $1 }.sorted()
            return Times(
                name: work.name, units: work.units, peer: theirs.isEmpty ? nil : Measurement.median(theirs),
                ours: Measurement.median(own), check: check, ratios: ratios.first.map { $0...(ratios.last ?? $0) })
        }
    }

    static func table(_ times: [Times], peer: String, unit: String) -> TextTable {
        var table = TextTable([
            .init("work"), .init(peer, .trailing), .init("Stepwise", .trailing), .init("its \(unit)/s", .trailing),
            .init("ours", .trailing), .init("faster", .trailing), .init("by turn", .trailing),
        ])
        for time in times {
            table.add([
                time.name, time.peer?.asTime ?? "", time.ours.asTime, time.peer.map { (time.units / $0).brief } ?? "",
                (time.units / time.ours).brief, time.ratio?.asRatio ?? "",
                time.ratios.map { "\($0.lowerBound.asRatio) to \($0.upperBound.asRatio)" } ?? "",
            ])
        }
        return table
    }
}
