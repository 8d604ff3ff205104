import HTTPTypes

/// The content codings that both sides speak (RFC 9110 section 8.4.1, RFC 8878 for zstd).
public enum ContentCoding: String, Sendable, Hashable, CaseIterable {
    case identity
    case zstd

    /// The value of `Accept-Encoding` that lists what is understood.
    package static let accepted = "zstd, identity"

    /// The coding that a message declares in `Content-Encoding`.
    /// - Returns: nil when it declares one that is not known, or several one upon another.
    package static func declared(in fields: HTTPFields) -> ContentCoding? {
        let names = fields[values: .contentEncoding]
            .flatMap { $0.split(separator: ",") }
            .map { $0.trimmingSpaces().lowercased() }
            .filter { !$0.isEmpty && $0 != "identity" }
        switch names.count {
        case 0: return .identity
        case 1: return ContentCoding(rawValue: names[0])
        default: return nil
        }
    }

    /// What to answer with, by `Accept-Encoding` (RFC 9110 section 12.5.3).
    ///
    /// zstd only when the client names it (or `*`) with a weight above 0 and not below identity's: a client that
    /// sends no `Accept-Encoding` at all cannot be assumed to know zstd.
    package static func negotiated(by fields: HTTPFields) -> ContentCoding {
        var weights: [String: Double] = [:]
        for item in fields[values: .acceptEncoding].flatMap({ $0.split(separator: ",") }) {
            let parts = item.split(separator: ";").map { $0.trimmingSpaces().lowercased() }
            guard let name = parts.first, !name.isEmpty else { continue }
            var weight = 1.0
            for parameter in parts.dropFirst() where parameter.hasPrefix("q=") {
                weight = Double(parameter.dropFirst(2)).map { min(max($0, 0), 1) } ?? 0
            }
            weights[name] = weight
        }
        let zstd = weights["zstd"] ?? weights["*"] ?? 0
        guard zstd > 0 else { return .identity }
        // Identity not being named means "acceptable, but not preferred".
        let identity = weights["identity"] ?? 0
        return zstd >= identity ? .zstd : .identity
    }
}

extension StringProtocol {
    /// Without the optional white space (SP, HTAB) of RFC 9110 section 5.6.3 around it.
    func trimmingSpaces() -> String {
        var view = self[...]
        while let first = view.first, first == " " || first == "\t" { view = view.dropFirst() }
        while let last = view.last, last == " " || last == "\t" { view = view.dropLast() }
        return String(view)
    }
}
