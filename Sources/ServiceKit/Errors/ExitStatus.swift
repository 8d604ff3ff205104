/// What a process of ours ends with. The numbers above 63 are those of BSD's sysexits.h, so that a script can tell a
/// typing error from a service that is down. `docs/operate.md` lists them for users.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    /// The command ran, and what it was asked for did not succeed.
    case failure = 1
    /// The command line is wrong (EX_USAGE); ArgumentParser's own.
    case usage = 64
    /// A data file is malformed (EX_DATAERR).
    case invalidData = 65
    /// A file that was named does not exist or cannot be read (EX_NOINPUT).
    case missingInput = 66
    /// A service that is needed cannot be reached or refuses (EX_UNAVAILABLE).
    case unavailable = 69
    /// A fault of this program (EX_SOFTWARE).
    case internalError = 70
    /// The operating system refuses: a port in use, no memory, no threads (EX_OSERR).
    case operatingSystem = 71
    /// An output file cannot be made (EX_CANTCREAT).
    case cannotCreate = 73
    /// Reading or writing failed in the middle (EX_IOERR).
    case inputOutput = 74
    /// The configuration is wrong (EX_CONFIG).
    case configuration = 78
    /// Ended by SIGINT (128 + 2).
    case interrupted = 130
    /// Ended by SIGTERM (128 + 15).
    case terminated = 143
}
