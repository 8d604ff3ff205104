import CNGHTTP2

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The installed libnghttp2.
public enum HTTP2Library {
    /// The oldest release whose functions the engine calls.
    public static let minimumVersion = "1.52.0"

    /// The version at run time, for example `1.52.0`. Debian's security revision (`+deb12u3`) does not show in it.
    public static var version: String {
        nghttp2_version(0).map { String(cString: $0.pointee.version_str) } ?? "unknown"
    }

    /// Throws ``HTTP2Error/unsupportedLibrary(_:)`` when the library at run time is older than the one compiled against, or
    /// lacks the options that stop rapid reset (CVE-2023-44487) and CONTINUATION floods (CVE-2024-28182): Debian added both to
    /// 1.52.0 without a change of version. Every session checks; a service may check earlier, to fail at its start.
    public static func check() throws(HTTP2Error) {
        try result.get()
    }

    private static let result: Result<Void, HTTP2Error> = {
        guard nghttp2_version(0x01_3400) != nil else {
            return .failure(.unsupportedLibrary("version \(version) is older than \(minimumVersion)"))
        }
        let needed = ["nghttp2_option_set_stream_reset_rate_limit", "nghttp2_option_set_max_continuations"]
        for symbol in needed where dlsym(nil, symbol) == nil {
            return .failure(
                .unsupportedLibrary("version \(version) has no \(symbol), which guards against a known attack"))
        }
        return .success(())
    }()
}
