import Foundation

/// The few file operations that must be durable: write and flush, rename, replace a folder in one step.
enum FileSystem {
    /// The reason in words for a Foundation or POSIX error, without the repetition of codes and domains.
    static func reason(_ error: any Error) -> String {
        if let error = error as? FileSystemError { return error.message }
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError { return reason(cause) }
        if let text = error.userInfo[NSDebugDescriptionErrorKey] as? String { return text }
        switch error.code {
        case NSFileReadNoSuchFileError, NSFileNoSuchFileError: return "no such file"
        case NSFileReadNoPermissionError, NSFileWriteNoPermissionError: return "permission denied"
        default: return error.localizedDescription
        }
    }

    /// Writes `data` and flushes it to the disk before it returns.
    static func write(_ data: Data, to path: String) throws {
        let file = try OutputFile(path: path)
        try data.withUnsafeBytes { try file.write($0) }
        try file.close()
    }

    /// Flushes a folder's own entries, after which a rename in it survives a power cut.
    static func flushFolder(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { throw FileSystemError.current("cannot open the folder", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileSystemError.current("cannot flush the folder", path) }
    }

    /// Puts the folder `new` in the place of `target`, which may exist. A reader of `target` sees the old folder or
    /// the new one, never a mixture; what was there before is removed afterwards.
    static func replaceFolder(_ target: String, with new: String) throws {
        let parent = (target as NSString).deletingLastPathComponent
        guard FileManager.default.fileExists(atPath: target) else {
            guard rename(new, target) == 0 else { throw FileSystemError.current("cannot rename to", target) }
            try flushFolder(parent.isEmpty ? "." : parent)
            return
        }
        // Exchanging the two names is atomic on Linux's own file systems; elsewhere there is a moment without `target`.
        if !exchange(new, target) {
            let aside = new + ".old"
            guard rename(target, aside) == 0 else { throw FileSystemError.current("cannot move aside", target) }
            guard rename(new, target) == 0 else {
                let error = FileSystemError.current("cannot rename to", target)
                _ = rename(aside, target)  // put the old one back; the error above is what the caller needs to hear
                throw error
            }
            guard rename(aside, new) == 0 else { throw FileSystemError.current("cannot rename", aside) }
        }
        try flushFolder(parent.isEmpty ? "." : parent)
        try FileManager.default.removeItem(atPath: new)  // it now holds what was replaced
    }
}

extension FileSystem {
    private typealias RenameAt2 =
        @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32

    /// renameat2(2), looked up by name: Swift's Glibc module leaves out what glibc declares for _GNU_SOURCE only.
    private static let renameAt2: RenameAt2? = dlsym(nil, "renameat2").map { unsafeBitCast($0, to: RenameAt2.self) }

    /// Exchanges two names in one step. False where the system or file system cannot.
    private static func exchange(_ first: String, _ second: String) -> Bool {
        let exchangeFlag: UInt32 = 2  // RENAME_EXCHANGE
        guard let renameAt2 else { return false }
        return renameAt2(AT_FDCWD, first, AT_FDCWD, second, exchangeFlag) == 0
    }
}

/// An I/O error with its file and the system's reason.
struct FileSystemError: Error, CustomStringConvertible {
    let path: String
    let message: String
    /// `errno`, where it is the operating system that refused.
    var code: Int32?

    var description: String { "\(path): \(message)" }

    /// From `errno`.
    static func current(_ action: String, _ path: String) -> FileSystemError {
        let code = errno
        return FileSystemError(path: path, message: "\(action): \(String(cString: strerror(code)))", code: code)
    }
}

/// A file being written; flushed to the disk by `close()`.
final class OutputFile {
    private let path: String
    private var descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileSystemError.current("cannot be written", path) }
    }

    deinit {
        if descriptor >= 0 { Foundation.close(descriptor) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var remaining = bytes[...]
        while !remaining.isEmpty {
            let written = Foundation.write(
                descriptor, UnsafeRawBufferPointer(rebasing: remaining).baseAddress, remaining.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw FileSystemError.current("cannot be written", path) }
            remaining = remaining.dropFirst(written)
        }
    }

    func close() throws {
        guard fsync(descriptor) == 0 else { throw FileSystemError.current("cannot be flushed", path) }
        let result = Foundation.close(descriptor)
        descriptor = -1
        guard result == 0 else { throw FileSystemError.current("cannot be closed", path) }
    }
}
