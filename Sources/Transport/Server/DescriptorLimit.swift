import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many files and sockets the process may have open. The usual soft limit of 1,024 is below what a server allows its clients,
/// and a process without descriptors can neither accept a connection nor open a file.
enum DescriptorLimit {
    /// For all that is no connection: files, event loops, programs' pipes.
    private static let reserve = 256

    /// Raises the soft limit to what so many connections need, or says why that cannot be.
    static func raise(forConnections count: Int, logger: Logger) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        let needed = rlim_t(count) + rlim_t(reserve)
        guard limit.rlim_cur < needed else { return }
        let hard = limit.rlim_max
        limit.rlim_cur = min(needed, hard)
        let isSet = setrlimit(resource, &limit) == 0
        if !isSet || hard < needed {
            logger.warning(
                "fewer file descriptors than connections are allowed; raise the limit (ulimit -n) or lower maximumConnections",
                metadata: ["descriptors": "\(isSet ? limit.rlim_cur : 0)", "connections": "\(count)"])
        }
    }
}
