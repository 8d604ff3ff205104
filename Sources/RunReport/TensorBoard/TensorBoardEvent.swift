/// What an event file of TensorBoard is made of: messages `Event` (tensorflow/core/util/event.proto), each framed as a TFRecord.
package enum TensorBoardEvent {
    /// The first event of every file. From version 2 on a restart is told by a session log and not guessed from steps that go back.
    package static func fileVersion(wallTime: Double) -> [UInt8] {
        var event = ProtobufWriter()
        event.double(Field.wallTime, wallTime)
        event.string(Field.fileVersion, "brain.Event:2")
        return record(event.bytes)
    }

    /// Says that what follows goes on at `step`: a reader forgets what it has of this step and later ones.
    package static func start(step: Int, wallTime: Double) -> [UInt8] {
        var event = ProtobufWriter()
        event.double(Field.wallTime, wallTime)
        event.integer(Field.step, step)
        event.message(Field.sessionLog) { $0.integer(1, 1) }
        return record(event.bytes)
    }

    /// Numbers of a step, each under its tag.
    package static func scalars(
        _ values: [(name: String, value: Double)], step: Int, wallTime: Double
    ) -> [UInt8] {
        var event = ProtobufWriter()
        event.double(Field.wallTime, wallTime)
        // As Protocol Buffers have it, 0 is not written.
        if step != 0 { event.integer(Field.step, step) }
        event.message(Field.summary) { summary in
            for (name, value) in values {
                summary.message(1) { item in
                    item.string(1, name)
                    item.float(2, Float(value))
                }
            }
        }
        return record(event.bytes)
    }

    private enum Field {
        static let wallTime = 1
        static let step = 2
        static let fileVersion = 3
        static let summary = 5
        static let sessionLog = 7
    }

    /// The length (UInt64), its checksum, the data, its checksum; all little-endian.
    private static func record(_ data: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(data.count))
        return length + littleEndian(CRC32C.masked(length)) + data + littleEndian(CRC32C.masked(data))
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

/// What of an event file is whole, as far as resuming needs to know.
package struct EventFileContents {
    package struct Record: Sendable, Equatable {
        /// Where it ends, in bytes from the start of the file.
        package let end: Int
        /// 0 for an event without one, such as the version.
        package let step: Int
        package let hasScalars: Bool
    }

    package private(set) var records: [Record] = []

    /// Reads up to the first record that is torn or damaged.
    package init(_ bytes: [UInt8]) {
        var position = 0
        while let length = Self.integer(UInt64.self, in: bytes, at: position), length <= UInt64(bytes.count) {
            let data = position + 12..<position + 12 + Int(length)
            guard
                Self.integer(UInt32.self, in: bytes, at: position + 8)
                    == CRC32C.masked(bytes[position..<position + 8]),
                let checksum = Self.integer(UInt32.self, in: bytes, at: data.upperBound),
                checksum == CRC32C.masked(bytes[data])
            else { return }
            position = data.upperBound + 4
            records.append(Self.record(bytes[data], end: position))
        }
    }

    private static func integer<Number: FixedWidthInteger>(
        _ type: Number.Type, in bytes: [UInt8], at start: Int
    ) -> Number? {
        let size = MemoryLayout<Number>.size
        guard start >= 0, start + size <= bytes.count else { return nil }
        return bytes[start..<start + size].reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    /// Reads an event's step and what comes after it, in the order in which this module writes: time (9 bytes), step, content.
    private static func record(_ event: ArraySlice<UInt8>, end: Int) -> Record {
        var rest = event.dropFirst(9)
        var step = 0
        if rest.first == 2 << 3 {
            rest.removeFirst()
            var shift = 0
            while let byte = rest.popFirst() {
                step |= Int(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 || shift > 56 { break }
            }
        }
        return Record(end: end, step: step, hasScalars: rest.first == 5 << 3 | 2)
    }
}
