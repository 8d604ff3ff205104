#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that appears whole or not at all: written under a temporary name beside its place, flushed to the disk,
/// and renamed by `commit()`. A file that was there before stays as it is until then.
///
/// A path that names a device or a pipe (`/dev/null`, `/dev/stdout`) is written directly: it cannot be replaced.
package final class AtomicFile {
    package let path: String
    private let target: String
    private let temporary: String?
    private var descriptor: Int32

    package init(path: String) throws(FileError) {
        self.path = path
        var information = stat()
        let exists = stat(path, &information) == 0
        if exists, information.st_mode & S_IFMT == S_IFDIR {
            throw FileError(path: path, message: "is a folder; name a file in it")
        }
        if exists, information.st_mode & S_IFMT != S_IFREG {
            target = path
            temporary = nil
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
        } else {
            // A link stays a link: what it points to is replaced.
            target = exists ? Self.resolved(path) : path
            let (folder, name) = Self.split(target)
            let unique = UInt32.random(in: .min ... .max)
            let temporary = "\(folder)/.\(name).\(getpid())-\(unique).partial"
            self.temporary = temporary
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        }
        guard descriptor >= 0 else { throw .system(path, "cannot write the file") }
    }

    deinit { abandon() }

    package func write(_ bytes: [UInt8]) throws(FileError) {
        precondition(descriptor >= 0, "\(path) is written after it was committed or abandoned")
        var position = 0
        while position < bytes.count {
            let start = position
            let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0[start...]) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(path, "cannot write the file") }
            position += count
        }
    }

    /// Flushes the file to the disk and gives it its name.
    package func commit() throws(FileError) {
        precondition(descriptor >= 0, "\(path) is committed after it was committed or abandoned")
        guard let temporary else { return closeDescriptor() }
        guard fsync(descriptor) == 0 else { throw .system(path, "cannot flush the file to the disk") }
        guard rename(temporary, target) == 0 else { throw .system(path, "cannot put the file in its place") }
        closeDescriptor()
        // The new name is on the disk only when the folder is.
        let folder = open(Self.split(target).folder, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw .system(path, "cannot open the file's folder") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw .system(path, "cannot flush the file's folder to the disk") }
    }

    /// Forgets what was written. Does nothing after `commit()`.
    package func abandon() {
        guard descriptor >= 0 else { return }
        closeDescriptor()
        if let temporary { unlink(temporary) }
    }

    private func closeDescriptor() {
        close(descriptor)
        descriptor = -1
    }

    private static func resolved(_ path: String) -> String {
        guard let pointer = realpath(path, nil) else { return path }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.index(after: slash)...]))
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    let bytes = UnsafeRawBufferPointer(rebasing: bytes)
    return write(descriptor, bytes.baseAddress, bytes.count)
}
