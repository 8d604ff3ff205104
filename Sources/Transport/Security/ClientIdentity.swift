import NIOCore

/// What a server knows of the other side of a connection before anything is asked.
package struct Peer: Sendable {
    /// Where it connects from, for log lines.
    package let address: String?
    /// The same without the port; of IPv6 the network (/64), which a single machine has many addresses of.
    package let network: String
    /// The name in its certificate, where it showed one.
    package let certificateName: String?

    package init(_ address: SocketAddress?, certificateName: String? = nil) {
        self.address = address?.description
        network = Self.network(address)
        self.certificateName = certificateName
    }

    private static func network(_ address: SocketAddress?) -> String {
        guard let text = address?.ipAddress else { return "local" }
        // Of an IPv6 address that is written out (RFC 5952), the groups before and after the zeros.
        let halves = text.prefix { $0 != "%" }.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0.split(separator: ":") }
        // An IPv4 address, in IPv6's clothes or not, is one machine's, and so is ::1.
        guard text.contains(":"), !text.contains("."), let first = halves.first, !first.isEmpty else { return text }
        let zeros = halves.count > 1 ? 8 - first.count - halves[1].count : 0
        let groups = first + Array(repeating: "0", count: max(0, zeros)) + (halves.count > 1 ? halves[1] : [])
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}

/// Who is asked to stay within limits: the owner of a token or of a certificate, else an address.
package enum ClientIdentity: Hashable, Sendable, CustomStringConvertible {
    case token(String)
    case certificate(String)
    case address(String)

    package var description: String {
        switch self {
        case .token(let name): "'\(name)'"
        case .certificate(let name): "'\(name)' (certificate)"
        case .address(let address): "at \(address)"
        }
    }
}
