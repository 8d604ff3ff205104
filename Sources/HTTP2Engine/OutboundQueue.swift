import HTTPTypes
import NIOCore

/// The body that a stream still has to send, as the pieces it was given in, and how the message ends.
struct OutboundQueue {
    private var pieces = CircularBuffer<ByteBuffer>()
    /// Bytes not yet taken.
    private(set) var byteCount = 0
    /// Bytes taken so far.
    private(set) var takenBytes = 0
    /// Nothing will be appended any more.
    private(set) var isEnded = false
    /// Fields that follow the body; set by ``end(trailers:)``.
    private(set) var trailers: HTTPFields?

    mutating func append(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        byteCount += bytes.readableBytes
        pieces.append(bytes)
    }

    mutating func end(trailers: HTTPFields? = nil) {
        isEnded = true
        self.trailers = trailers
    }

    /// Moves bytes into `target` until it is full or the queue is empty, and returns how many.
    mutating func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        var written = 0
        while written < target.count, var piece = pieces.first {
            let count = min(piece.readableBytes, target.count - written)
            piece.readWithUnsafeReadableBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: target[written...]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[..<count]))
                return count
            }
            written += count
            if piece.readableBytes == 0 {
                pieces.removeFirst()
            } else {
                pieces[pieces.startIndex] = piece
            }
        }
        byteCount -= written
        takenBytes += written
        return written
    }
}
