import DequeModule
import NIOCore

/// The order and the credit of a body on its way from a connection to its reader.
///
/// Every chunk carries the flow-control credit (RFC 9113 section 5.2: payload and padding) that its sender gets back
/// when the chunk is read, so that a slow reader stalls its own stream and nothing else. No locks, no loops: tests
/// drive it directly, ``BodyPipe`` adds the lock.
package struct BodyQueue {
    /// What a reader finds.
    package enum Next {
        /// Bytes, and the credit that reading them gives back.
        case chunk(ByteBuffer, credit: Int)
        case end
        case failed(any Error)
        /// Nothing yet.
        case wait
    }

    private enum State {
        case open
        case ended
        case failed(any Error)
        /// The reader has gone: what still arrives is dropped and its credit given back at once.
        case abandoned
    }

    /// Chunks below this are added to the one before, as long as that one is no larger than the other: a chunk costs more than a hundred bytes,
    /// and a client may send each byte in one of its own (HTTP/1.1's chunked coding).
    private static let smallChunk = 512
    private static let joinedChunk = 16 << 10

    private var chunks: Deque<(bytes: ByteBuffer, credit: Int)> = []
    private var state: State = .open

    /// Bytes that arrived and were not read yet.
    package private(set) var bufferedBytes = 0

    package init() {}

    /// True until the end, a failure or the reader's leaving.
    package var isOpen: Bool {
        if case .open = state { return true }
        return false
    }

    /// Adds a chunk; returns the credit to give back at once (all of it when nobody will read the chunk).
    package mutating func append(_ bytes: ByteBuffer, credit: Int) -> Int {
        guard case .open = state else { return credit }
        guard bytes.readableBytes > 0 else { return credit }
        if let last = chunks.indices.last, bytes.readableBytes < Self.smallChunk,
            chunks[last].bytes.readableBytes < Self.joinedChunk
        {
            chunks[last].bytes.writeImmutableBuffer(bytes)
            chunks[last].credit += credit
        } else {
            chunks.append((bytes, credit))
        }
        bufferedBytes += bytes.readableBytes
        return 0
    }

    /// The body is complete.
    package mutating func finish() {
        if case .open = state { state = .ended }
    }

    /// The body broke off. What arrived before can still be read; the failure follows it.
    package mutating func fail(_ error: any Error) {
        if case .open = state { state = .failed(error) }
    }

    /// Takes what the reader gets next.
    package mutating func next() -> Next {
        if let chunk = chunks.popFirst() {
            bufferedBytes -= chunk.bytes.readableBytes
            return .chunk(chunk.bytes, credit: chunk.credit)
        }
        switch state {
        case .open: return .wait
        case .ended, .abandoned: return .end
        case .failed(let error): return .failed(error)
        }
    }

    /// The reader leaves; returns the credit of what it left unread.
    package mutating func abandon() -> Int {
        let credit = chunks.reduce(0) { $0 + $1.credit }
        chunks.removeAll()
        bufferedBytes = 0
        state = .abandoned
        return credit
    }
}
