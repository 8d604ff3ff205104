#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is read from its start to its end. Owns its descriptor, unless that is standard input.
final class InputFile {
    let name: String
    private let descriptor: Int32
    private let isOwned: Bool

    init(path: String) throws(FileError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path, "cannot open the file") }
        name = path
        isOwned = true
    }

    private init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
        isOwned = false
    }

    static func standardInput() -> InputFile {
        InputFile(descriptor: STDIN_FILENO, name: "standard input")
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// The next bytes, at most `maximum`; empty at the end of the file.
    func read(upTo maximum: Int) throws(FileError) -> [UInt8] {
        var count = 0
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: maximum) { buffer, initialized in
            repeat {
                count = systemRead(descriptor, buffer.baseAddress, maximum)
                code = errno
            } while count < 0 && code == EINTR
            initialized = max(count, 0)
        }
        guard count >= 0 else { throw .system(name, "cannot read the file", code: code) }
        return bytes
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
