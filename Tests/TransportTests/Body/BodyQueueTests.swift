import NIOCore
import Testing
import Transport

/// Order, credit and endings of a body.
@Suite struct BodyQueueTests {
    struct Broken: Error {}

    @Test func creditComesBackWithTheReading() {
        var queue = BodyQueue()
        let large = ByteBuffer(repeating: 97, count: 20_000)
        #expect(queue.append(large, credit: 20_005) == 0)
        #expect(queue.append(ByteBuffer(string: "b"), credit: 3) == 0)
        // Small pieces are kept together.
        #expect(queue.append(ByteBuffer(string: "c"), credit: 1) == 0)
        // Padding without data carries nothing to read.
        #expect(queue.append(ByteBuffer(), credit: 9) == 9)
        #expect(queue.bufferedBytes == 20_002)
        guard case .chunk(large, 20_005) = queue.next() else { return #expect(Bool(false)) }
        #expect(queue.bufferedBytes == 2)
        queue.finish()
        guard case .chunk(let bytes, 4) = queue.next(), case .end = queue.next() else { return #expect(Bool(false)) }
        #expect(String(buffer: bytes) == "bc")
    }

    @Test func aFailureFollowsWhatHadArrived() {
        var queue = BodyQueue()
        _ = queue.append(ByteBuffer(string: "ab"), credit: 2)
        queue.fail(Broken())
        queue.finish()
        guard case .chunk = queue.next(), case .failed = queue.next() else { return #expect(Bool(false)) }
    }

    @Test func nobodyReadsAnAbandonedBody() {
        var queue = BodyQueue()
        _ = queue.append(ByteBuffer(string: "ab"), credit: 2)
        _ = queue.append(ByteBuffer(string: "cd"), credit: 3)
        #expect(queue.abandon() == 5)
        #expect(queue.append(ByteBuffer(string: "ef"), credit: 4) == 4)
        #expect(queue.bufferedBytes == 0)
        guard case .end = queue.next() else { return #expect(Bool(false)) }
    }

    @Test func aPipeWakesItsReader() async throws {
        let credit = Counter()
        let pipe = BodyPipe { credit.add($0) }
        async let first = pipe.next()
        try await eventually("the reader waits") { pipe.waitingSince != nil }
        #expect(pipe.append(ByteBuffer(string: "x"), credit: 3) == 0)
        #expect(try await first.map { String(buffer: $0) } == "x")
        #expect(credit.value == 3)
        #expect(pipe.waitingSince == nil)
        let cancelled = Task { try await pipe.next() }
        try await eventually("the reader waits") { pipe.waitingSince != nil }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        pipe.fail(Broken())
        await #expect(throws: Broken.self) { try await pipe.next() }
    }
}
