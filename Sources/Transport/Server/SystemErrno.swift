#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The system error numbers that messages are written for.
enum SystemErrno: Equatable {
    case addressInUse, addressNotAvailable, accessDenied, connectionRefused, connectionReset, unreachable, timedOut
    case other(Int32)

    init(_ code: Int32) {
        switch code {
        case EADDRINUSE: self = .addressInUse
        case EADDRNOTAVAIL: self = .addressNotAvailable
        case EACCES, EPERM: self = .accessDenied
        case ECONNREFUSED: self = .connectionRefused
        case ECONNRESET, EPIPE: self = .connectionReset
        case EHOSTUNREACH, ENETUNREACH: self = .unreachable
        case ETIMEDOUT: self = .timedOut
        default: self = .other(code)
        }
    }
}
