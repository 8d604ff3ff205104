/// CPython's `difflib.SequenceMatcher` (3.11, `Lib/difflib.py`), statement by statement: what the fast matcher is held to.
struct DifflibOracle {
    private let a: [UInt32]
    private let b: [UInt32]
    private var b2j: [UInt32: [Int]] = [:]

    init(_ a: [UInt32], _ b: [UInt32], autojunk: Bool) {
        self.a = a
        self.b = b
        for (index, element) in b.enumerated() { b2j[element, default: []].append(index) }
        if autojunk, b.count >= 200 {
            let limit = b.count / 100 + 1
            for (element, indices) in b2j where indices.count > limit { b2j[element] = nil }
        }
    }

    init(_ a: String, _ b: String, autojunk: Bool) {
        self.init(a.unicodeScalars.map(\.value), b.unicodeScalars.map(\.value), autojunk: autojunk)
    }

    func ratio() -> Double {
        let length = a.count + b.count
        if length == 0 { return 1.0 }
        return 2.0 * Double(matches()) / Double(length)
    }

    private func matches() -> Int {
        var total = 0
        var queue = [(0, a.count, 0, b.count)]
        while let (alo, ahi, blo, bhi) = queue.popLast() {
            let (i, j, k) = findLongestMatch(alo, ahi, blo, bhi)
            if k == 0 { continue }
            total += k
            if alo < i, blo < j { queue.append((alo, i, blo, j)) }
            if i + k < ahi, j + k < bhi { queue.append((i + k, ahi, j + k, bhi)) }
        }
        return total
    }

    private func findLongestMatch(_ alo: Int, _ ahi: Int, _ blo: Int, _ bhi: Int) -> (Int, Int, Int) {
        var (besti, bestj, bestsize) = (alo, blo, 0)
        var j2len: [Int: Int] = [:]
        for i in alo..<ahi {
            var newj2len: [Int: Int] = [:]
            for j in b2j[a[i]] ?? [] {
                if j < blo { continue }
                if j >= bhi { break }
                let k = (j2len[j - 1] ?? 0) + 1
                newj2len[j] = k
                if k > bestsize { (besti, bestj, bestsize) = (i - k + 1, j - k + 1, k) }
            }
            j2len = newj2len
        }
        while besti > alo, bestj > blo, a[besti - 1] == b[bestj - 1] {
            (besti, bestj, bestsize) = (besti - 1, bestj - 1, bestsize + 1)
        }
        while besti + bestsize < ahi, bestj + bestsize < bhi, a[besti + bestsize] == b[bestj + bestsize] {
            bestsize += 1
        }
        return (besti, bestj, bestsize)
    }
}
