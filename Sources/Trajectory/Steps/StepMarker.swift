/// What begins a numbered step: the start of a line such as `3. `, `**3. `, `Step 3:`, `**Step 3:**` or `### Step 3`.
struct StepMarker: Equatable {
    /// The ways of writing, from the one that is meant as a step most surely.
    enum Kind: Int, CaseIterable {
        case step, headingNumber, boldNumber, number
    }

    let kind: Kind
    let number: Int
    /// Columns before it.
    let indentation: Int
    /// What follows it on its line.
    let rest: String
    /// Whether what follows is a title in bold.
    let isTitled: Bool

    /// - Returns: nil where the line begins no step.
    init?(_ line: ArraySlice<UInt8>, indentation: Int) {
        var scan = line.drop { $0 == 0x20 || $0 == 0x09 }
        let hashes = scan.prefix { $0 == UInt8(ascii: "#") }.count
        guard hashes <= 6 else { return nil }
        if hashes > 0 {
            scan = scan.dropFirst(hashes)
            guard scan.first == 0x20 else { return nil }
            scan = scan.drop { $0 == 0x20 }
        }
        let isBold = scan.starts(with: Self.bold)
        if isBold { scan = scan.dropFirst(2) }
        let isStep = scan.count > 5 && scan.prefix(4).elementsEqual("step".utf8) { $0 | 0x20 == $1 }
        if isStep {
            scan = scan.dropFirst(4)
            guard scan.first == 0x20 else { return nil }
            scan = scan.drop { $0 == 0x20 }
        }
        let digits = scan.prefix { (0x30...0x39).contains($0) }
        guard (1...4).contains(digits.count), let number = Int(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        scan = scan.dropFirst(digits.count)
        guard let separator = Self.separator(scan, isStep: isStep, isClosable: isBold || hashes > 0) else { return nil }
        scan = scan.dropFirst(separator)

        kind = isStep ? .step : hashes > 0 ? .headingNumber : isBold ? .boldNumber : .number
        self.number = number
        self.indentation = indentation
        var rest = Array(scan.drop { $0 == 0x20 || $0 == 0x09 })
        // `**Step 3:** text` closes what it opened; of `**Step 3: Title**` the title stays bold.
        if isBold {
            if rest.starts(with: Self.bold) {
                rest = Array(rest.dropFirst(2).drop { $0 == 0x20 || $0 == UInt8(ascii: ":") })
            } else if Self.hasBold(rest[...]) {
                rest = Self.bold + rest
            }
        }
        isTitled = rest.starts(with: Self.bold)
        self.rest = String(decoding: rest, as: UTF8.self)
    }

    private static let bold = Array("**".utf8)

    private static func hasBold(_ bytes: ArraySlice<UInt8>) -> Bool {
        zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "*") && $1 == UInt8(ascii: "*") }
    }

    /// The length of what stands between number and text; nil where it is none, as in `3.14`.
    private static func separator(_ rest: ArraySlice<UInt8>, isStep: Bool, isClosable: Bool) -> Int? {
        guard let first = rest.first else { return isStep ? 0 : nil }
        let second = rest.dropFirst().first
        let isFree = second == nil || second == 0x20 || second == 0x09 || second == UInt8(ascii: "*")
        switch first {
        case UInt8(ascii: "."), UInt8(ascii: ")"): return isFree ? 1 : nil
        case UInt8(ascii: ":") where isStep: return 1
        case UInt8(ascii: "*") where isClosable && rest.starts(with: bold): return 0
        case 0x20 where isStep:
            // `Step 3 - Title`, with any dash, and `### Step 3` with nothing more.
            let after = rest.drop { $0 == 0x20 }
            if after.isEmpty { return rest.count }
            for dash in ["- ", "– ", "— ", ": "] where after.starts(with: dash.utf8) {
                return after.startIndex - rest.startIndex + dash.utf8.count
            }
            return nil
        default:
            // A full-width colon.
            return isStep && rest.starts(with: "：".utf8) ? "：".utf8.count : nil
        }
    }
}
