/// The bearer tokens (RFC 6750) of a file: one a line, optionally with a name after it; `#` begins a comment.
///
/// ```
/// # openssl rand -hex 32
/// 0b3f..c9 trainer      # from November on
/// 77a1..02 trainer      # until everyone has the new one
/// ```
public struct BearerTokens: Sendable {
    /// One token.
    struct Entry: Sendable {
        let token: String
        /// The name in the file, or the line.
        let name: String
        /// The token's bytes, followed by zeros, which no token has.
        let padded: [UInt8]
    }

    /// Characters of a token. All are compared at the longest one's length, so that the time tells nothing of a token.
    package static let lengths = 16...256

    let entries: [Entry]

    /// - Throws: ``SecretFileError`` naming the line that is no token; also for a file without one.
    public init(file path: String) throws(SecretFileError) {
        try self.init(String(decoding: SecretFileError.read(path), as: UTF8.self), source: path)
    }

    package init(_ text: String, source: String) throws(SecretFileError) {
        var entries: [Entry] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.prefix { $0 != "#" }
            let words = content.split(whereSeparator: \.isWhitespace)
            guard let token = words.first else { continue }
            let name = words.dropFirst().joined(separator: " ")
            guard let padded = Self.padded(token.utf8) else {
                // The token itself must not get into logs.
                throw SecretFileError(
                    path: source,
                    reason: """
                        line \(index + 1) holds no token: \(token.utf8.count) characters; it must be \(Self.lengths.lowerBound) to \
                        \(Self.lengths.upperBound) letters, digits and -._~+/=, such as 'openssl rand -hex 32' makes
                        """)
            }
            entries.append(
                Entry(token: String(token), name: name.isEmpty ? "token of line \(index + 1)" : name, padded: padded))
        }
        guard !entries.isEmpty else {
            throw SecretFileError(
                path: source, reason: "it holds no token; write one on a line, such as 'openssl rand -hex 32' makes")
        }
        self.entries = entries
    }

    public var count: Int { entries.count }

    /// The token that a client of ours shows.
    var first: String { entries[0].token }

    /// The name of a token that a request shows; nil when it is none of these.
    ///
    /// Every one is compared, each to its end, whatever the first difference is: the time that it takes says nothing.
    func name(of presented: some Collection<UInt8>) -> String? {
        guard let presented = Self.padded(presented) else { return nil }
        var found: Int?
        for (index, entry) in entries.enumerated() where Self.areEqual(entry.padded, presented) { found = index }
        return found.map { entries[$0].name }
    }

    @inline(never)
    private static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        var difference: UInt8 = 0
        for index in 0..<lengths.upperBound { difference |= one[index] ^ other[index] }
        return difference == 0
    }

    /// Nil for what cannot be a token.
    private static func padded(_ token: some Collection<UInt8>) -> [UInt8]? {
        guard lengths.contains(token.count), token.allSatisfy(isOfToken) else { return nil }
        return Array(token) + [UInt8](repeating: 0, count: lengths.upperBound - token.count)
    }

    /// Whether RFC 6750 allows a byte in a token (section 2.1).
    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}
