/// Normalisation form C (Unicode Standard Annex 15) with the tables of Hugging Face `tokenizers`.
///
/// Foundation's would be of another Unicode version, and takes time quadratic in a run of combining characters.
struct CanonicalComposition: Sendable {
    static let shared = CanonicalComposition()

    /// One step of a decomposition; `second` is 0 where it has one character.
    private struct Decomposition {
        let first: UInt32
        let second: UInt32
    }

    private var decompositions: [UInt32: Decomposition] = [:]
    private var compositions: [UInt64: UInt32] = [:]
    private var combiningClasses: [UInt32: UInt8] = [:]
    /// What may differ from its normal form, alone or after another character.
    private var suspects: Set<UInt32> = []
    /// `suspects` by blocks of 64 code points, for a quick answer.
    private var suspectBlocks = [Bool](repeating: false, count: 0x110000 >> 6)

    private enum Hangul {
        static let syllables = UInt32(0xAC00)..<0xD7A4
        static let leads = UInt32(0x1100)..<0x1113
        static let vowels = UInt32(0x1161)..<0x1176
        /// The first stands for no trailing consonant.
        static let trails = UInt32(0x11A7)..<0x11C3
    }

    private init() {
        for entry in NormalizationTable.decompositions.split(whereSeparator: \.isWhitespace) {
            let composes = entry.contains("=")
            let numbers = entry.split(whereSeparator: { "=>+".contains($0) }).compactMap { UInt32($0, radix: 16) }
            let step = Decomposition(first: numbers[1], second: numbers.count > 2 ? numbers[2] : 0)
            decompositions[numbers[0]] = step
            if composes {
                compositions[Self.pair(step.first, step.second)] = numbers[0]
                suspects.insert(step.second)
            } else {
                suspects.insert(numbers[0])
            }
        }
        let runs = NormalizationTable.combiningClasses.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
        for run in stride(from: 0, to: runs.count - 2, by: 3) {
            for scalar in runs[run]..<runs[run] + runs[run + 1] {
                combiningClasses[scalar] = UInt8(runs[run + 2])
                suspects.insert(scalar)
            }
        }
        suspects.formUnion(Hangul.vowels)
        suspects.formUnion(Hangul.trails)
        for scalar in suspects { suspectBlocks[Int(scalar >> 6)] = true }
    }

    private static func pair(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    /// Whether well-formed UTF-8 has a character that normalisation may change. False for most texts.
    func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            // Nothing below U+0300, which begins with the byte 0xCC, changes.
            if text[index] < 0xCC {
                index += 1
                continue
            }
            let scalar = DecodedScalar(text, index)
            if suspectBlocks[Int(scalar.value >> 6)], suspects.contains(scalar.value) { return true }
            index += scalar.length
        }
        return false
    }

    /// The normal form of well-formed UTF-8.
    func normalized(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let scalar = DecodedScalar(text, index)
            index += scalar.length
            decompose(scalar.value, into: &scalars)
        }
        sortCombining(&scalars)
        compose(&scalars)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for value in scalars {
            if let scalar = Unicode.Scalar(value) { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
        }
        return bytes
    }

    private func decompose(_ scalar: UInt32, into scalars: inout [UInt32]) {
        if scalar < 0xC0 {
            scalars.append(scalar)
        } else if let step = decompositions[scalar] {
            decompose(step.first, into: &scalars)
            if step.second != 0 { decompose(step.second, into: &scalars) }
        } else if Hangul.syllables.contains(scalar) {
            let index = scalar - Hangul.syllables.lowerBound
            let trails = UInt32(Hangul.trails.count)
            let block = UInt32(Hangul.vowels.count) * trails
            scalars.append(Hangul.leads.lowerBound + index / block)
            scalars.append(Hangul.vowels.lowerBound + index % block / trails)
            if index % trails != 0 { scalars.append(Hangul.trails.lowerBound + index % trails) }
        } else {
            scalars.append(scalar)
        }
    }

    private func combiningClass(_ scalar: UInt32) -> UInt8 {
        scalar < 0x300 ? 0 : combiningClasses[scalar] ?? 0
    }

    /// Puts each run of combining characters into the order of their classes, equal classes as they were.
    private func sortCombining(_ scalars: inout [UInt32]) {
        var index = 0
        while index < scalars.count {
            guard combiningClass(scalars[index]) != 0 else {
                index += 1
                continue
            }
            let start = index
            while index < scalars.count, combiningClass(scalars[index]) != 0 { index += 1 }
            guard index - start > 32 else {
                insertionSort(&scalars, start..<index)
                continue
            }
            var classes = [[UInt32]](repeating: [], count: 256)
            for scalar in scalars[start..<index] { classes[Int(combiningClass(scalar))].append(scalar) }
            scalars.replaceSubrange(start..<index, with: classes.joined())
        }
    }

    private func insertionSort(_ scalars: inout [UInt32], _ range: Range<Int>) {
        for index in range.dropFirst() {
            let scalar = scalars[index]
            let own = combiningClass(scalar)
            var place = index
            while place > range.lowerBound, combiningClass(scalars[place - 1]) > own {
                scalars[place] = scalars[place - 1]
                place -= 1
            }
            scalars[place] = scalar
        }
    }

    private func compose(_ scalars: inout [UInt32]) {
        var kept = 0
        /// Where in the output the last starter is, and the class of what was kept since.
        var starter: Int?
        var lastClass: UInt8 = 0
        for index in scalars.indices {
            let scalar = scalars[index]
            let own = combiningClass(scalar)
            if let place = starter, lastClass < own || kept == place + 1,
                let composed = composition(scalars[place], scalar)
            {
                scalars[place] = composed
                continue
            }
            if own == 0 {
                starter = kept
                lastClass = 0
            } else {
                lastClass = own
            }
            scalars[kept] = scalar
            kept += 1
        }
        scalars.removeSubrange(kept...)
    }

    private func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if Hangul.leads.contains(first), Hangul.vowels.contains(second) {
            let lead = first - Hangul.leads.lowerBound
            let pair = lead * UInt32(Hangul.vowels.count) + second - Hangul.vowels.lowerBound
            return Hangul.syllables.lowerBound + pair * UInt32(Hangul.trails.count)
        }
        if Hangul.syllables.contains(first), Hangul.trails.dropFirst().contains(second),
            (first - Hangul.syllables.lowerBound) % UInt32(Hangul.trails.count) == 0
        {
            return first + second - Hangul.trails.lowerBound
        }
        return compositions[Self.pair(first, second)]
    }
}
