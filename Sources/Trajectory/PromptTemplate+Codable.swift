extension PromptTemplate: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case base, system, directSystem
    }

    /// A template's name, or an object with `base` and new wording.
    public init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            self = try Self.find(name, at: decoder.codingPath)
            return
        }
        let known = CodingKeys.allCases.map(\.rawValue)
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath + [key],
                    debugDescription: "the key '\(key.stringValue)' is not known in a prompt template;"
                        + " known are \(known.joined(separator: ", "))"))
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let base = try Self.find(
            try container.decode(String.self, forKey: .base), at: decoder.codingPath + [CodingKeys.base])
        for key in [CodingKeys.system, .directSystem] where base.layout == .compact && container.contains(key) {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: container, debugDescription: "the template 'compact' has no system message to change")
        }
        self.init(
            layout: base.layout,
            system: try container.decodeIfPresent(String.self, forKey: .system) ?? base.system,
            directSystem: try container.decodeIfPresent(String.self, forKey: .directSystem) ?? base.directSystem)
    }

    public func encode(to encoder: any Encoder) throws {
        if let (name, _) = Self.named.first(where: { $0.value == self }) {
            var container = encoder.singleValueContainer()
            try container.encode(name)
            return
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(layout.rawValue, forKey: .base)
        try container.encodeIfPresent(system, forKey: .system)
        try container.encodeIfPresent(directSystem, forKey: .directSystem)
    }

    private static func find(_ name: String, at path: [any CodingKey]) throws -> PromptTemplate {
        if let template = named[name] { return template }
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: path,
                debugDescription: "there is no prompt template '\(name)'; choose"
                    + " \(named.keys.sorted().map { "'\($0)'" }.joined(separator: " or "))"))
    }
}
