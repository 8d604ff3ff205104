import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds all addresses of a host name. NIO's own resolver gives them to its connection attempts only, and one of them is
/// not enough for balancing.
enum NameResolver {
    /// - Throws: ``AttemptFailure`` `nameNotResolved`.
    @Sendable static func resolve(_ url: ServerURL) async throws -> [Endpoint] {
        if let address = try? SocketAddress(ipAddress: url.host, port: url.port) {
            return [Endpoint(url: url, address: address)]
        }
        // getaddrinfo blocks, for seconds at times: not on a thread of Swift's pool, nor on a loop.
        return try await NIOThreadPool.singleton.runIfActive {
            try addresses(of: url.host, port: url.port).map { Endpoint(url: url, address: $0) }
        }
    }

    private static func addresses(of host: String, port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_protocol = CInt(IPPROTO_TCP)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0 else {
            let reason = String(cString: gai_strerror(status))
            throw AttemptFailure(
                .nameNotResolved, "the host name '\(host)' has no address (\(reason))", isConnectFailure: true)
        }
        var found: [SocketAddress] = []
        var entry = list
        while let info = entry?.pointee {
            if let address = socketAddress(info), !found.contains(address) { found.append(address) }
            entry = info.ai_next
        }
        return found
    }

    private static func socketAddress(_ info: addrinfo) -> SocketAddress? {
        guard let raw = UnsafeRawPointer(info.ai_addr) else { return nil }
        switch info.ai_family {
        case AF_INET: return SocketAddress(raw.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: return SocketAddress(raw.loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }
}
