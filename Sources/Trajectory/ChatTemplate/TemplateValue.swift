/// A value of a chat template's language, as Python has it: what messages are made of and what expressions give.
public enum TemplateValue: Sendable {
    /// What a name or key that is not there gives.
    case undefined(name: String)
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list(TemplateList)
    case object(TemplateObject)
    /// `namespace(..)`, the one kind that a template can change; the interpreter holds what is in it.
    case namespace(Int)
    /// A global function, or a method with the value that it belongs to.
    indirect case function(name: String, receiver: TemplateValue?)
}

/// A list with how deep and how large it is: what shares its parts can be far larger than the memory that it takes, and no
/// template may make one that overflows the stack or takes for ever to go through.
public struct TemplateList: Sendable {
    let items: [TemplateValue]
    let depth: Int
    /// Values and bytes of text in it.
    let weight: Int

    public init(_ items: [TemplateValue]) {
        self.items = items
        depth = 1 + items.reduce(0) { max($0, $1.depth) }
        weight = items.reduce(1) { $0.addingCapped($1.weight) }
    }
}

/// A dictionary with text for keys, in order of insertion.
public struct TemplateObject: Sendable {
    let entries: [(key: String, value: TemplateValue)]
    let depth: Int
    let weight: Int
    /// Where the keys are, if there are so many that going through them takes long.
    private let places: [[UInt8]: Int]?

    /// Entries up to this number are gone through.
    private static let fewEntries = 16

    /// Of equal keys the last value counts, at the first's place.
    public init(_ entries: [(key: String, value: TemplateValue)]) {
        var unique: [(key: String, value: TemplateValue)] = []
        // Bytes are compared: canonically equivalent texts are equal in Swift and not in Python.
        var places: [[UInt8]: Int] = [:]
        for entry in entries {
            if let place = places[Array(entry.key.utf8)] {
                unique[place].value = entry.value
            } else {
                places[Array(entry.key.utf8)] = unique.count
                unique.append(entry)
            }
        }
        self.init(unique: unique)
    }

    /// Entries whose keys are known to differ.
    init(unique: [(key: String, value: TemplateValue)]) {
        entries = unique
        places =
            unique.count <= Self.fewEntries
            ? nil
            : Dictionary(
                unique.enumerated().map { (Array($0.element.key.utf8), $0.offset) },
                uniquingKeysWith: { first, _ in first })
        depth = 1 + unique.reduce(0) { max($0, $1.value.depth) }
        weight = unique.reduce(1) { $0.addingCapped($1.value.weight).addingCapped($1.key.utf8.count) }
    }

    subscript(key: String) -> TemplateValue? {
        if let places { return places[Array(key.utf8)].map { entries[$0].value } }
        return entries.first { $0.key.isSameText(as: key) }?.value
    }
}

extension TemplateValue {
    /// The items of a list; nil for what is none.
    package var items: [TemplateValue]? { if case .list(let list) = self { list.items } else { nil } }

    /// The entries of a mapping; none for what is no mapping.
    package var entries: [(key: String, value: TemplateValue)] {
        if case .object(let object) = self { object.entries } else { [] }
    }

    static func list(of items: [TemplateValue]) -> TemplateValue { .list(TemplateList(items)) }

    var depth: Int {
        switch self {
        case .list(let list): list.depth
        case .object(let object): object.depth
        case .function(_, let receiver): 1 + (receiver?.depth ?? 0)
        default: 0
        }
    }

    var weight: Int {
        switch self {
        case .string(let text): 1 + text.utf8.count
        case .list(let list): list.weight
        case .object(let object): object.weight
        case .function(_, let receiver): 1 + (receiver?.weight ?? 0)
        default: 1
        }
    }

    /// Python's `bool(x)`.
    package var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let flag): flag
        case .integer(let number): number != 0
        case .number(let number): number != 0
        case .string(let text): !text.isEmpty
        case .list(let list): !list.items.isEmpty
        case .object(let object): !object.entries.isEmpty
        case .namespace, .function: true
        }
    }

    /// What errors call it.
    var kind: String {
        switch self {
        case .undefined(let name): "'\(name)', which is undefined"
        case .none: "none"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .object: "a mapping"
        case .namespace: "a namespace"
        case .function: "a function"
        }
    }

    /// The number, where it is one to Python, whose booleans are.
    var double: Double? {
        switch self {
        case .bool(let flag): flag ? 1 : 0
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    /// Python's `==`.
    func isEqual(to other: TemplateValue) -> Bool {
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): true
        case (.string(let first), .string(let second)): first.isSameText(as: second)
        case (.integer(let first), .integer(let second)): first == second
        case (.list(let first), .list(let second)):
            first.items.count == second.items.count
                && zip(first.items, second.items).allSatisfy { $0.isEqual(to: $1) }
        case (.object(let first), .object(let second)):
            first.entries.count == second.entries.count
                && first.entries.allSatisfy { entry in second[entry.key].map { $0.isEqual(to: entry.value) } ?? false }
        case (.namespace(let first), .namespace(let second)): first == second
        default:
            if let first = double, let second = other.double { first == second } else { false }
        }
    }
}

extension Int {
    /// The sum, no more than a quarter of what an integer holds.
    fileprivate func addingCapped(_ other: Int) -> Int { Swift.min(self + Swift.min(other, .max / 4), .max / 4) }
}

extension String {
    /// Python's `==` for text: the same code points. Swift's takes canonically equivalent texts for equal.
    func isSameText(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension Unicode.Scalar {
    /// What Python's `str.strip` and `\s` take for white space.
    var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
            true
        default: false
        }
    }
}
