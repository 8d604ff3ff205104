import Foundation

/// A file mapped into memory for reading: nothing is copied until it is asked for, and pages that are not needed are not read.
///
/// The mapping stays valid when the file's name goes to another file, as when a checkpoint is replaced. A file that another program cuts
/// short while it is mapped ends this process (SIGBUS), as it does for every user of mapped files.
final class MappedFile: @unchecked Sendable {  // Immutable: the mapping is private and read-only.
    let path: String
    let bytes: UnsafeRawBufferPointer

    var size: Int { bytes.count }

    init(path: String) throws {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystemError.current("cannot be opened", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw FileSystemError(path: path, message: "is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let mapping = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
            throw FileSystemError.current("cannot be mapped into memory", path)
        }
        bytes = UnsafeRawBufferPointer(start: mapping, count: size)
    }

    /// Lets go of the pages of a range that has been read; they are read again when they are needed.
    func release(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let (first, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
        guard first < end, let base = bytes.baseAddress else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED)
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }
}
