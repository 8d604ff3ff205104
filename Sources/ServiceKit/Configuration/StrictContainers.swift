import Yams

struct StrictKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let mapping: Node.Mapping
    let decoder: StrictDecoder

    var codingPath: [any CodingKey] { decoder.path }

    /// A dictionary reads this: whatever keys there are, are then right.
    var allKeys: [Key] {
        decoder.context.takeAllKeys(in: decoder.path)
        return mapping.keys.compactMap { $0.string.flatMap(Key.init(stringValue:)) }
    }

    func contains(_ key: Key) -> Bool { value(for: key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { value(for: key).map { $0.node.scalar?.isNull ?? false } ?? true }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(for: key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try decoder(for: key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(for: key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { decoder }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(for: key) }

    private func decoder(for key: Key) throws -> StrictDecoder {
        guard let value = value(for: key) else {
            let place = decoder.path.isEmpty ? "" : " in \(decoder.label)"
            let message = "the key '\(key.stringValue)' is missing\(place)"
            throw decoder.context.error(at: .mapping(mapping), message)
        }
        return value
    }

    /// The environment's value, else the file's. A mapping of which only the environment knows a key is an empty one.
    private func value(for key: Key) -> StrictDecoder? {
        decoder.context.ask(for: key.stringValue, in: decoder.path)
        let path = decoder.path + [key]
        let names = path.map(\.stringValue)
        if let environment = decoder.context.environment, let text = environment.value(for: names) {
            let variable = environment.name(for: names)
            let node = decoder.context.node(of: text, variable: variable, path: path)
            return StrictDecoder(node: node, path: path, context: decoder.context, variable: variable)
        }
        if let node = mapping[key.stringValue], !(node.scalar?.isNull ?? false) {
            return decoder.child(node, path: path)
        }
        if let environment = decoder.context.environment, environment.hasValues(below: names) {
            return StrictDecoder(node: Node.mapping(Node.Mapping([])), path: path, context: decoder.context)
        }
        // `key:` with nothing after it: for an optional the same as no key, for others an error that says so.
        return mapping[key.stringValue].map { decoder.child($0, path: path) }
    }
}

struct StrictUnkeyedContainer: UnkeyedDecodingContainer {
    let sequence: Node.Sequence
    let decoder: StrictDecoder
    var currentIndex = 0

    var codingPath: [any CodingKey] { decoder.path }
    var count: Int? { sequence.count }
    var isAtEnd: Bool { currentIndex >= sequence.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, sequence[currentIndex].scalar?.isNull ?? false else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> StrictDecoder {
        guard !isAtEnd else {
            throw decoder.fault("\(decoder.label) has \(sequence.count) elements, and more are needed")
        }
        defer { currentIndex += 1 }
        return decoder.child(sequence[currentIndex], path: decoder.path + [PathKey(currentIndex)])
    }
}

/// Scalars as YAML 1.2 reads them, with `1e-4` and `1_000` accepted as the numbers that people mean by them.
struct StrictSingleValueContainer: SingleValueDecodingContainer {
    let decoder: StrictDecoder

    var codingPath: [any CodingKey] { decoder.path }

    func decodeNil() -> Bool { decoder.node.scalar?.isNull ?? false }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch try scalar("true or false").string {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: throw mismatch("true or false")
        }
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .scalar(let scalar) = decoder.node, !scalar.isNull else { throw mismatch("text") }
        return scalar.string
    }

    func decode(_ type: Double.Type) throws -> Double { try number() }

    func decode(_ type: Float.Type) throws -> Float {
        let value = Float(try number())
        guard value.isFinite else { throw mismatch("a number that fits 32 bits") }
        return value
    }

    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decode(type) }

    private func scalar(_ wanted: String) throws -> Node.Scalar {
        // "8080" in quotes is text: somebody who quotes a number means text, and the key wants a number.
        guard case .scalar(let scalar) = decoder.node, scalar.isPlain else { throw mismatch(wanted) }
        return scalar
    }

    private func number() throws -> Double {
        let text = try scalar("a number").string.filter { $0 != "_" }
        // `Double` also reads "nan", "inf" and hexadecimal: none of them is a number in a configuration.
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }), let value = Double(text),
            value.isFinite
        else { throw mismatch("a number") }
        return value
    }

    private func integer<T: FixedWidthInteger>() throws -> T {
        let text = try scalar("a whole number").string.filter { $0 != "_" }
        if let value = T(text) { return value }
        if Int64(text) != nil || UInt64(text) != nil {
            throw mismatch("a whole number from \(T.min) to \(T.max)")
        }
        if let value = try? number(), let whole = T(exactly: value) { return whole }
        throw mismatch("a whole number")
    }

    private func mismatch(_ wanted: String) -> ConfigurationError {
        var hint = ""
        if case .scalar(let scalar) = decoder.node, !scalar.isPlain { hint = " in quotes, which is text" }
        return decoder.fault(
            "\(decoder.label) must be \(wanted), and is \(StrictDecoder.kind(of: decoder.node))\(hint)")
    }
}
