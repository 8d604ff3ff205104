/// A set of real numbers: intervals and points, in order, none touching the next. So the same set is always the same list.
struct RealSet: Equatable {
    struct Piece {
        var start: MathValue
        var end: MathValue
        var openStart: Bool
        var openEnd: Bool
    }

    private(set) var pieces: [Piece] = []

    static let reals = RealSet([Piece(start: .infinite(-1), end: .infinite(1), openStart: true, openEnd: true)])

    init(_ pieces: [Piece]) {
        let sorted = pieces.filter { piece in
            Self.less(piece.start, piece.end) || Self.same(piece.start, piece.end) && !piece.openStart && !piece.openEnd
        }.sorted { first, second in
            Self.same(first.start, second.start)
                ? !first.openStart && second.openStart : Self.less(first.start, second.start)
        }
        for piece in sorted {
            guard let last = self.pieces.last,
                Self.less(piece.start, last.end)
                    || Self.same(piece.start, last.end) && !(piece.openStart && last.openEnd)
            else {
                self.pieces.append(piece)
                continue
            }
            let index = self.pieces.count - 1
            if Self.same(piece.end, last.end) {
                self.pieces[index].openEnd = last.openEnd && piece.openEnd
            } else if Self.less(last.end, piece.end) {
                self.pieces[index].end = piece.end
                self.pieces[index].openEnd = piece.openEnd
            }
        }
    }

    static func point(_ value: MathValue) -> RealSet {
        RealSet([Piece(start: value, end: value, openStart: false, openEnd: false)])
    }

    static func == (left: RealSet, right: RealSet) -> Bool {
        left.pieces.count == right.pieces.count
            && zip(left.pieces, right.pieces).allSatisfy {
                same($0.start, $1.start) && same($0.end, $1.end) && $0.openStart == $1.openStart
                    && $0.openEnd == $1.openEnd
            }
    }

    func union(_ other: RealSet) -> RealSet { RealSet(pieces + other.pieces) }

    func intersection(_ other: RealSet) -> RealSet {
        RealSet(
            pieces.flatMap { first in
                other.pieces.map { second in
                    var piece = first
                    if Self.same(first.start, second.start) {
                        piece.openStart = first.openStart || second.openStart
                    } else if Self.less(first.start, second.start) {
                        (piece.start, piece.openStart) = (second.start, second.openStart)
                    }
                    if Self.same(first.end, second.end) {
                        piece.openEnd = first.openEnd || second.openEnd
                    } else if Self.less(second.end, first.end) {
                        (piece.end, piece.openEnd) = (second.end, second.openEnd)
                    }
                    return piece
                }
            })
    }

    var complement: RealSet {
        var result: [Piece] = []
        var start = MathValue.infinite(-1)
        var openStart = true
        for piece in pieces {
            result.append(Piece(start: start, end: piece.start, openStart: openStart, openEnd: !piece.openStart))
            (start, openStart) = (piece.end, !piece.openEnd)
        }
        result.append(Piece(start: start, end: .infinite(1), openStart: openStart, openEnd: true))
        return RealSet(
            result.filter { !($0.start.infinity != 0 && $0.start.infinity == $0.end.infinity) })
    }

    private static func same(_ first: MathValue, _ second: MathValue) -> Bool { first.equals(second) == true }

    private static func less(_ first: MathValue, _ second: MathValue) -> Bool {
        !same(first, second) && first.complex.real < second.complex.real
    }
}
